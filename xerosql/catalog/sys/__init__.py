"""The tables of schema `sys`: what a connection knows of itself. Reading one makes no call."""
