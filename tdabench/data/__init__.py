"""The data: a catalogue of named data sets, readers of files, generated shapes."""
