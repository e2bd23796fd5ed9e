"""The SQLite store: files, threads, disks."""
