"""The periodic report to an authority: figures of a legal period, in the form of Decree 30/2020, as DOCX and PDF."""
