"""What token-in-manifest tells apart beyond its own examples."""

from servelint.rules.examples import config_map, server

_FINE = "changeme $TOKEN /run/token true xxxxxxxx SITE_TOKEN your-token projects/a https://a.b {{a}} a$(b)"
_SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n"
_SHAPED = f"hf_{34 * 'a'} nvapi-{20 * 'a'} AKIA{16 * 'A'} glpat-{20 * 'a'} http://me:not-a-real-one@host".split()

ALSO_GOOD = [
    *(server(container=f"env: [{{name: API_KEY, value: '{value}'}}]") for value in (*_FINE.split(), "", "two words")),
    server(container="env: [{name: EOS_TOKEN, value: abcdefghijkl}, {name: MAX_TOKENS, value: abcdefghijkl}]"),
    server("--api-key $KEY"), server("http://user:$PASSWORD@host http://user:<pass>@host http://host:80/a@b"),
    f"{_SECRET}stringData: {{a: changeme}}\n", f"{_SECRET}data: {{a: ''}}\n",
    f"{_SECRET}stringData: {{a: abcdefgh}}\n".replace("v1", "example.com/v1"),
    f"{_SECRET}stringData: {{a: 'ENC[AES256_GCM,data:YQ==,iv:Yg==,tag:Yw==,type:str]'}}\n",
    f"{_SECRET}data: {{a: null}}\n", f"{_SECRET}data: {{a: ICAg}}\n", server("x-api-key abcdefgh"),
    config_map({"a": "give hf_token: abcdefgh"}), config_map({"a": "api_key:abcdefgh"}), config_map({"a": "api_key abcdefgh"}),
    server("http://user:changeme@host"), server("http://user:abc$def@host"), server("http://$USER:abcdefgh@host"), server("http://<me>:abcdefgh@host"), server("http://user:abc<def>@host"),
    server(container="ports: [{name: api-key, value: abcdefgh}]"), server("--api-key=changeme abcdefgh"),
    "apiVersion: a.b/v1\nkind: Bag\nmetadata: {name: a}\ndata: {api-key: abcdefgh}\n",
    config_map({}).replace("{name: engine}", "{name: engine, labels: {api-key: abcdefgh}}"),
    config_map({"a": f"api_key: {'a b' * 70_000}\npassword: abcdefgh"}),
]  # fmt: skip
ALSO_BAD = [
    *(server(word) for word in _SHAPED), server("--api-key abcdefgh"), server("--api-key=abcdefgh"),
    f"{_SECRET}data: {{a: YWJjZGVm}}\n", f"{_SECRET}stringData: {{a: two words, b: abcdefgh}}\n",
    f"{_SECRET}data: {{a: not-base-64!}}\n",
    *(config_map({"a": text}) for text in ("api_key: abcdefgh", "export API_KEY=abcdefgh", 'call(apiKey="abcdefgh")')),
    config_map({"api-key": "abcdefgh"}), server(container=f"env: [{{name: HF_TOKEN, value: hf_{34 * 'a'}}}]"),
    f"{_SECRET}stringData: {{a: 'ENC[abcdefgh]'}}\n",
    f"{_SECRET}data: {{a: '!!YWJjZGVm'}}\n",
]  # fmt: skip
