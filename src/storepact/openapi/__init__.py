"""What is described: the fragment, its references, its schemas compiled once, its variants."""
