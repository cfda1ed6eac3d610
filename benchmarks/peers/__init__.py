"""The same movements posted through others, beside the product."""
