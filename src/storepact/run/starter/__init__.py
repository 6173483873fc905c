"""What `storepact init` writes: a configuration file, and a job of continuous integration."""
