"""What robot and server sign when a robot asks for the files of its site: each says its words for this question only.

So neither a recorded answer nor a false server on plain http gives a robot other files than the site's.
"""

from __future__ import annotations


def site_question(question: str) -> bytes:
    """Return what a robot signs. question: hexadecimal signs that it never used before."""
    return f"amr site question {question}".encode()


def site_answer(question: str, version: str) -> bytes:
    """Return what the authority signs: the version of the site's files, asked by this question."""
    return f"amr site answer {question} {version}".encode()
