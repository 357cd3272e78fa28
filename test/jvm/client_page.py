"""The settings of JVM clients, read from docs/CLIENTS.md, so that the page cannot lie."""

from __future__ import annotations

import pathlib
import re

PAGE = pathlib.Path(__file__).parents[2] / "docs/CLIENTS.md"


def page_lines(block: str, server, account, key: tuple[str, str]) -> dict[str, str]:
    """The settings of one block of the page, its capital words replaced by this server's."""
    text = re.search(rf"^```properties {re.escape(block)}$(.*?)^```$", PAGE.read_text(), re.M | re.S).group(1)
    words = {"ENDPOINT": server.aws_endpoint, "KEY": key[0], "SECRET": key[1], "ACCOUNT": server.account_id,
             "BUCKET": account.bucket, "BUCKET_ARN": account.bucket_arn}
    text = re.sub(r"\b(" + "|".join(sorted(words, key=len, reverse=True)) + r")\b", lambda m: words[m.group(0)], text)
    return dict(line.split("=", 1) for line in text.split("\n") if line)
