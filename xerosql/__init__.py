"""SQL on Xero: a PEP 249 connection whose tables are a Xero organisation."""

__version__ = "0.1.0"
