"""Forecast orders by the hour from the sample dataset; is it better than "as yesterday"?

    .venv/bin/python docs/examples/demand_forecast.py docs/samples/cai_cui_week.zip

An honest split: each day from the fourth on is forecast from what was known before. Seasonal naive: that hour of the
day before. Ours: the mean of that hour over all days before, smoothed over its neighbours, at a level between the last
day's and the mean's. One hour ahead, the level also learns from the hours of the day that are over (gamma-Poisson). How
much of each is chosen on earlier days only, never on the day that is judged. Exit code 1 when ours is not better.
"""

import csv
import io
import sys
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import numpy as np

FIRST = 3  # days that are only learnt from


def orders(path: Path) -> list[datetime]:
    """Return when the orders of a dataset, a folder or a zip, were created."""
    if path.is_dir():
        text = (path / "data" / "orders.csv").read_text(encoding="utf-8")
    else:
        with zipfile.ZipFile(path) as archive:
            name = next(n for n in archive.namelist() if n.endswith("data/orders.csv"))
            text = archive.read(name).decode("utf-8")
    return [datetime.fromisoformat(row["created"]) for row in csv.DictReader(io.StringIO(text))]


def by_hour(times: list[datetime]) -> np.ndarray:
    """Return counts (days, 24): whole days only, in local time."""
    count = Counter((t.date(), t.hour) for t in times)
    first, last = min(t.date() for t in times), max(t.date() for t in times)
    days = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
    return np.array([[count[day, hour] for hour in range(24)] for day in days], dtype=float)


def profile(past: np.ndarray, smooth: float, recent: float) -> np.ndarray:
    """Return the mean day, each hour mixed with its neighbours, at a level between the mean's and the last day's."""
    mean = past.mean(axis=0)
    shape = (1 - smooth) * mean + smooth / 2 * (np.roll(mean, 1) + np.roll(mean, -1))
    level = recent * past[-1].sum() + (1 - recent) * mean.sum()
    return np.asarray(shape * level / max(shape.sum(), 1e-9))


def day_ahead(past: np.ndarray, _today: np.ndarray, smooth: float, recent: float) -> np.ndarray:
    """Forecast all hours of a day at its beginning."""
    return profile(past, smooth, recent)


def hour_ahead(past: np.ndarray, today: np.ndarray, smooth: float, weight: float) -> np.ndarray:
    """Forecast each hour when it begins; weight: of how many orders the level was known for before the day began."""
    shape = profile(past, smooth, 0.0)
    over = np.concatenate([[0.0], np.cumsum(today)[:-1]])
    expected = np.concatenate([[0.0], np.cumsum(shape)[:-1]])
    return shape * (weight + over) / (weight + expected)


SMOOTH = (0.0, 0.25, 0.5)
METHODS = {
    "day ahead": (day_ahead, [(s, recent) for s in SMOOTH for recent in (0.0, 0.25, 0.5)]),
    "hour ahead": (hour_ahead, [(s, weight) for s in SMOOTH for weight in (10.0, 30.0, 100.0)]),
}


def errors(counts: np.ndarray, method: Callable[..., np.ndarray], choices: list[tuple[float, float]]) -> np.ndarray:
    """Return the absolute errors (2, hours judged) of the naive forecast and of ours."""
    found = []
    for day in range(FIRST, len(counts)):
        # What would have been best on the days before, each from those before it?
        wrong = [
            sum(np.abs(method(counts[:d], counts[d], *c) - counts[d]).sum() for d in range(1, day)) for c in choices
        ]
        chosen = choices[int(np.argmin(wrong))]
        forecast = method(counts[:day], counts[day], *chosen)
        found.append(np.abs(np.stack([counts[day - 1], forecast]) - counts[day]))
    return np.concatenate(found, axis=1)


def main() -> int:
    """Print the errors of both, for both horizons."""
    counts = by_hour(orders(Path(sys.argv[1])))
    if len(counts) <= FIRST:
        print(f"{len(counts)} days are too few; at least {FIRST + 1} are needed")
        return 2
    print(f"{len(counts)} days, {counts.sum():.0f} orders; days {FIRST + 1} to {len(counts)} are judged")
    rng, good = np.random.default_rng(0), True
    for name, (method, choices) in METHODS.items():
        every = errors(counts, method, choices)
        mae, rmse = every.mean(axis=1), np.sqrt((every**2).mean(axis=1))
        draws = rng.integers(0, every.shape[1], (10_000, every.shape[1]))
        low, high = np.quantile(1.0 - every[1][draws].mean(axis=1) / every[0][draws].mean(axis=1), (0.025, 0.975))
        print(
            f"{name}: MAE naive {mae[0]:.3f}, ours {mae[1]:.3f}, {100 * (1 - mae[1] / mae[0]):.1f} % less "
            f"(95 % by bootstrap over hours {100 * low:.1f} to {100 * high:.1f} %); "
            f"RMSE {rmse[0]:.3f}, {rmse[1]:.3f}"
        )
        good = good and mae[1] < mae[0]
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
