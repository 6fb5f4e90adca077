"""Small helpers for extensions and applications."""
try:
    from functools import wraps
except ImportError:
    # MicroPython's functions have no attributes that could be copied.
    def wraps(wrapped):
        """Decorator that returns the wrapper unchanged, where there is no functools."""
        return lambda wrapper: wrapper


def items(value):
    """Return the elements of a header that is a list (RFC 9110, section 5.6.1)."""
    return [item.strip() for item in value.split(',')]


def add_vary(response, names):
    """Add header names to the Vary header of a response, those already in it left out."""
    value = response.headers.get('Vary', '')
    present = items(value.lower())
    for name in items(names):
        if name.lower() not in present:
            value = value + ', ' + name if value else name
    response.headers['Vary'] = value


def escape(text):
    """Return a text for use in HTML, where it means nothing but itself."""
    text = str(text)
    for char, name in zip('&<>"\'', 'amp lt gt quot #39'.split()):
        text = text.replace(char, '&' + name + ';')
    return text
