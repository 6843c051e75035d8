"""What malformed-image tells apart beyond its own examples."""

from servelint.rules.examples import server

_RIGHT = f"sglang localhost/a/b__c:1 a--b.c_d/e a/b:1@sha256:{64 * 'a'} b@sha256:{64 * 'a'} SITE_A/a:SITE_B Host.de/a"
_WRONG = f"a/b: a/b:-1 ${{IMAGE}} a//b a/-b a/b@sha256:{65 * 'a'} a/b:{129 * '1'} https://a/b a/b@sha256:1 ä/b"

ALSO_GOOD = [server(image=image) for image in (*_RIGHT.split(), '""')]
ALSO_BAD = [server(image=f'"{image}"') for image in (*_WRONG.split(), "a b")]
