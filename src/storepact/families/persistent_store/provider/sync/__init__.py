"""The writer of stores: what LaunchDarkly does with an integration that is on, for `storepact mock --sync`.

It shares nothing with `stores/`, which judges what a store holds: a name that both got wrong would go
unnoticed. The SDK of the suite `store` is the third, independent reader of the layout.
"""
