"""The layer of odd requests: values, bodies, routes and queries, and a look at what they leave behind."""
