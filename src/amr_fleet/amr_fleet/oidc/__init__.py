"""Log-in at the site's own provider (OpenID Connect). Off unless set up."""
