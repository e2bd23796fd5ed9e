"""The hub's store on PostgreSQL: a chain of shops, several processes, standbys."""
