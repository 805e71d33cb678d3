"""The network behind a port: `service` answers programs, `page` answers people, both within the same `limits`."""
