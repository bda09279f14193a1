"""MAVLink 2 to an aircraft: frames, the frame of the earth, the fleet's end of the link. Bytes in, bytes out."""
