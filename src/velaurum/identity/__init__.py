"""Who acts: principals and the credentials that they hold."""
