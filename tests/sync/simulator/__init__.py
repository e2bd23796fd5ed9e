"""Stories of tills and a hub, and parts that are spoilt on purpose."""
