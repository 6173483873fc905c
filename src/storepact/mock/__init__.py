"""A stand-in provider over real HTTP: routes come from the fragment, behaviour from a family."""
