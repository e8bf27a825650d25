"""Encodings of tables, told by the file, by the mapping, or by the bytes."""

import io

import pytest

from producers.importers.text_encoding import Encoding, encoding_of

GERMAN = "id;team\n1;Büro für Aufträge\n2;Prüfstelle – Straße\n3;Größe “neu”\n" * 3
POLISH = "id;team\n1;Dział obsługi klienta\n2;Zespół księgowości\n3;Łączność i sieć, źródła\n4;Będzie jeszcze więcej\n" * 5
RUSSIAN = "id;team\n1;Отдел поддержки\n2;Служба эксплуатации сетей\n3;Бухгалтерия предприятия\n" * 5
JAPANESE = "id;team\n1;サポート部門\n2;ネットワーク運用チーム\n3;経理部の担当者\n" * 5


@pytest.mark.parametrize(
    ("text", "written", "found"),
    [
        (GERMAN, "utf-8", Encoding("utf-8", "utf-8")),
        (GERMAN, "utf-8-sig", Encoding("utf-8-sig", "mark")),
        (GERMAN, "utf-16", Encoding("utf-16", "mark")),
        (GERMAN, "utf-32", Encoding("utf-32", "mark")),
        (GERMAN, "utf-16-le", Encoding("utf-16-le", "guessed")),
        (GERMAN, "utf-16-be", Encoding("utf-16-be", "guessed")),
        ("id;team\n", "ascii", Encoding("utf-8", "utf-8")),
    ],
)
def test_an_encoding_is_told(text: str, written: str, found: Encoding) -> None:
    """By the byte order mark, by zeros at each other byte, else UTF-8 where all of it is; the stream begins anew."""
    stream = io.BytesIO(text.encode(written))
    assert encoding_of(stream, None) == found
    assert stream.tell() == 0


@pytest.mark.parametrize(
    ("text", "written"), [(GERMAN, "cp1252"), (POLISH, "cp1250"), (RUSSIAN, "cp1251"), (JAPANESE, "shift_jis")]
)
def test_a_guess_reads_what_was_written(text: str, written: str) -> None:
    """Of one-byte and East Asian encodings the guess gives the text that was written, and says that it is one."""
    found = encoding_of(io.BytesIO(text.encode(written)), None)
    assert found.why == "guessed"
    assert text.encode(written).decode(found.name) == text


def test_the_mapping_is_heeded_but_not_against_a_mark() -> None:
    """What the mapping says holds where the file has no mark of another encoding."""
    assert encoding_of(io.BytesIO("é".encode("cp1252")), "cp850") == Encoding("cp850", "mapping")
    assert encoding_of(io.BytesIO(GERMAN.encode("utf-16")), "utf-8") == Encoding("utf-16", "mark")


def test_a_few_broken_lines_leave_a_file_what_it_is() -> None:
    """Where most lines with accents are UTF-8, the others are broken and no reason to misread all."""
    table = GERMAN.encode() + b"9;B\xfcro\n"
    assert encoding_of(io.BytesIO(table), None) == Encoding("utf-8", "utf-8")
