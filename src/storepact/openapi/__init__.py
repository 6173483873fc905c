"""What is described: the document, its references, its schemas compiled once, its variants."""
