"""A stand-in provider over real HTTP: routes come from the document, behaviour from a family."""
