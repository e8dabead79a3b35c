"""PostgreSQL whose pooled connections are looked at, not asked, before each request."""
