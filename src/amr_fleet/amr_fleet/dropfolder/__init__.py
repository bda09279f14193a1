"""Drop folder: orders as files of partners (CSV, Excel, COPARN), a receipt for each, CODECO back. Off unless set up."""
