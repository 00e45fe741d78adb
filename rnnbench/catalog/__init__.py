"""Which plugins exist, and how a constructor becomes a typed configuration."""
