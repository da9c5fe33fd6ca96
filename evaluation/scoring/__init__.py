"""Pure scoring: values in, values out; no Django."""
