"""Bar codes and matrix codes on pallet labels, with the checks of GS1."""
