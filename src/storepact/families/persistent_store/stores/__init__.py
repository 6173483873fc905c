"""The stores behind big segments: the layout that writer and SDKs share, and what reads and judges it."""
