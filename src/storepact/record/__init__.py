"""The record: all of a run as plain data, written whole or not at all."""
