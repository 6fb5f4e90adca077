"""HTTP dates (RFC 9110, section 5.6.7), without strftime, which MicroPython has not."""
import time

from .compat import const

_DAYS = const('MonTueWedThuFriSatSun')
_MONTHS = const('JanFebMarAprMayJunJulAugSepOctNovDec')


def format_date(seconds):
    """Format a time, in seconds since the platform's epoch, as an IMF-fixdate."""
    year, month, day, hour, minute, second, weekday = time.gmtime(seconds)[:7]
    return '%s, %02d %s %d %02d:%02d:%02d GMT' % (
        _DAYS[3 * weekday:3 * weekday + 3], day, _MONTHS[3 * month - 3:3 * month],
        year, hour, minute, second)


def date_key(text):
    """Turn an IMF-fixdate into something that sorts by time; ``None`` when it is none."""
    parts = text.split()
    if len(parts) == 6 and parts[2] in _MONTHS and parts[5] == 'GMT':
        return parts[3], _MONTHS.find(parts[2]), parts[1], parts[4]


def now():
    """Return the date of now as an IMF-fixdate, or ``''`` while the clock is not set."""
    seconds = int(time.time())
    # boards start in 1970, 2000 or 2021 and stay there until it is
    return format_date(seconds) if time.gmtime(seconds)[0] > 2023 else ''
