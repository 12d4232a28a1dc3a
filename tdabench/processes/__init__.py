"""Work in a process of its own, under limits of memory and time; several pieces side by side; what they cost."""
