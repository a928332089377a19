"""Daily prices: of the S&P 500 as `arch` ships them, or of a CSV file."""

import csv
import warnings

import numpy as np

MAX_GAP_DAYS = 10  # The longest that is left out without an error; 2001-09 has 7.
MIN_PRICES = 500


def load_prices(path=None):
    """Returns dates, datetime64 `(N,)`, and closing prices, float64 `(N,)`.

    Args:
        path: CSV file with the columns `date` (such as 2018-12-31) and `close`. By
            default the daily S&P 500 from 1999 to 2018, adjusted, of `arch.data`.

    Raises:
        ImportError: If `arch` is needed and not installed.
        ValueError: If the prices are no usable series; see `checked_prices`.
    """
    if path:
        return checked_prices(*_read_csv(path), source=str(path))
    try:
        from arch.data import sp500
    except ImportError as error:
        raise ImportError(
            "The S&P 500 comes with the package arch, which is not installed. Pass a "
            'file with --prices, or run, in the clone: pip install ".[finance]"'
        ) from error
    closes = sp500.load()["Adj Close"].dropna()
    return checked_prices(
        closes.index.values.astype("datetime64[D]"), closes.values, "arch.data.sp500"
    )


def checked_prices(dates, closes, source="the prices"):
    """Validates a price series, and returns it from the oldest to the newest day.

    Prices in the reverse order are turned round, with a warning.

    Raises:
        ValueError: If a price is NaN, infinite, zero or negative; if a date is missing,
            comes twice or out of order; if there is a gap of more than ten days; or if
            there are too few prices.
    """
    dates = np.asarray(dates).astype("datetime64[D]")
    closes = np.asarray(closes, "float64")
    if len(dates) < MIN_PRICES:
        raise ValueError(
            f"Expected at least {MIN_PRICES} prices in {source}. Received: {len(dates)}"
        )
    if np.isnat(dates).any():
        raise ValueError(f"{source}: row {np.isnat(dates).argmax() + 1} has no date.")
    usable = np.isfinite(closes) & (closes > 0.0)
    if not usable.all():
        at = (~usable).argmax()
        raise ValueError(
            f"Expected positive, finite prices in {source}. Received: {closes[at]} on "
            f"{dates[at]}, the first of {(~usable).sum()}. Returns are logarithms of "
            "ratios of prices: leave such days out, or repair them at the source."
        )
    steps = np.diff(dates).astype(int)
    if (steps < 0).all():
        warnings.warn(
            f"{source} begins with the newest day, {dates[0]}: turned round.",
            stacklevel=2,
        )
        dates, closes, steps = dates[::-1], closes[::-1], -steps[::-1]
    if (steps == 0).any():
        day = dates[(steps == 0).argmax()]
        raise ValueError(
            f"Expected one price a day in {source}. Received two or more for {day}. "
            "Keep one of them."
        )
    if (steps < 0).any():
        at = (steps < 0).argmax()
        raise ValueError(
            f"Expected the dates of {source} in order. Received {dates[at + 1]} after "
            f"{dates[at]}. Sort the rows by date; if days and months are exchanged, "
            "write dates as 2018-12-31."
        )
    if steps.max() > MAX_GAP_DAYS:
        at = steps.argmax()
        raise ValueError(
            f"Expected no gap of more than {MAX_GAP_DAYS} days in {source}. Received: "
            f"nothing between {dates[at]} and {dates[at + 1]} ({steps[at]} days): its "
            "return would count as that of one day. Fill the gap, or pass the longer "
            "of the two parts."
        )
    return dates, closes


def _read_csv(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        columns = {name.strip().lower(): name for name in reader.fieldnames or ()}
        missing = {"date", "close"} - set(columns)
        if missing:
            raise ValueError(
                f"Expected the columns 'date' and 'close' in {path}. Received: "
                f"{reader.fieldnames}. Rename the column of closing prices to 'close'."
            )
        dates, closes = [], []
        for number, row in enumerate(reader, start=2):
            date, close = row[columns["date"]], row[columns["close"]]
            try:
                dates.append(np.datetime64((date or "").strip(), "D"))
                closes.append(float((close or "nan").strip() or "nan"))
            except ValueError as error:
                raise ValueError(
                    f"Expected a date such as 2018-12-31 and a number in line {number} "
                    f"of {path}. Received: date={date!r}, close={close!r}"
                ) from error
    return np.array(dates, "datetime64[D]"), np.array(closes)


def log_returns(closes):
    """Returns the logarithms of the ratios of consecutive prices, `(N - 1,)`."""
    return np.diff(np.log(closes))
