"""What goes over the wire, one module a subject: request bodies, and answers that are read off the fleet's views."""
