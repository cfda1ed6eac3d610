"""Running the product: the installation, and whether it is sound."""
