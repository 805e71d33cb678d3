"""The report page: values in, one self-contained html text out. Reading and writing files is the stage's work."""
