"""Which language a text is in, as far as its letters and its commonest words can tell.

Scripts are told apart by their letters. Among languages in Latin letters it knows those of `WORDS`
and answers None where a text is short, mixed or in another one: a guess would raise false alarms.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_SCRIPTS: dict[str, str] = {
    "LATIN": "latin",
    "CYRILLIC": "cyrillic",
    "GREEK": "greek",
    "ARABIC": "arabic",
    "HEBREW": "hebrew",
    "DEVANAGARI": "devanagari",
    "BENGALI": "bengali",
    "TAMIL": "tamil",
    "THAI": "thai",
    "HANGUL": "korean",
    "HIRAGANA": "japanese",
    "KATAKANA": "japanese",
    "CJK": "chinese",
}

_WORDS: dict[str, str] = {
    "english": "the of and to in is that it for was with as are this be on not have by from at "
    "you your they we can will would their an or if which has were been there when what who how "
    "a i my our but so me about write give list tell explain describe make following sentence does "
    "should why please",
    "german": "der die das und ist nicht ein eine einen mit auf für von zu den dem des im sich "
    "auch werden wird sie ich wir es bei nach oder aber wie kann haben sind als dass",
    "french": "le la les des et est une un du que qui dans pour pas avec sur ce cette ne au aux "
    "nous vous il elle sont ont plus par mais être leur en son",
    "spanish": "el la los las y es una un de que en por para con no se del al lo como más pero "
    "sus este esta son fue ha hay muy cuando usted su",
    "italian": "il lo la gli le e è un una di che per con non del della dei delle al alla sono "
    "questo questa come più ma si nel nella anche ha",
    "portuguese": "o os as e é um uma de que em para com não do da dos das no na se por mais "
    "como mas ao são foi você seu sua muito pelo",
    "dutch": "de het een en van is niet dat op te voor met zijn aan ook er maar om dan je wij "
    "worden wordt bij naar uit kan hebben deze dit",
    "swedish": "och att det som en är på för av med den inte till ett om har vi jag kan från "
    "eller så men var de sig",
    "polish": "i w na z się do nie jest to że o jak ale po co tak od za przez dla oraz są był "
    "może czy ten tego",
    "turkish": "ve bir bu için ile da de çok olarak daha gibi olan ne ama en kadar sonra değil "
    "var mi her ya",
    "indonesian": "yang dan di untuk dengan ini itu dari pada tidak adalah akan dalam ke saya "
    "anda atau juga ada bisa karena oleh",
    "vietnamese": "và của là không có cho được một các trong với này những người để khi đã từ "
    "về như",
}

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+|<[^<>\n]{1,80}>", re.DOTALL)
_NO_PROSE = re.compile(r"[=;{}\\|]|\w\(|^\s*(?:#|//|[A-Z]:)")
_WORD = re.compile(r"[^\W\d_]+")


def _by_word() -> dict[str, list[str]]:
    known: dict[str, list[str]] = {}
    for language, words in _WORDS.items():
        for word in words.split():
            known.setdefault(word, []).append(language)
    return known


_LANGUAGES = _by_word()


def script_of(text: str) -> str | None:
    """The script of most of a text's letters, "japanese" wherever there is kana; None without.

    Letters are counted, so a Latin name in a Chinese sentence does not matter.
    """
    counts: Counter[str] = Counter()
    for letter, times in Counter(_CODE.sub(" ", text)[:4000]).items():
        if letter.isalpha():
            name = unicodedata.name(letter, "?").split()[0].split("-")[0]
            counts[_SCRIPTS.get(name, "other")] += times
    if not counts:
        return None
    if counts["japanese"] * 10 > counts["chinese"] > 0:
        counts["japanese"] += counts.pop("chinese")
    script, most = counts.most_common(1)[0]
    return script if most * 2 > counts.total() else None


def language_of(text: str, least: int = 4) -> str | None:
    """The language of a text, or None where that cannot be told.

    Outside Latin letters it is the script. In Latin letters a language needs `least` different
    ones of its commonest words beyond single letters, an eighth of all words, and half as many
    again as any other.
    """
    script = script_of(text)
    if script != "latin":
        return script
    text = "\n".join(line for line in text.splitlines() if not _NO_PROSE.search(line))
    words = _WORD.findall(_CODE.sub(" ", text).casefold())[:600]
    scores: Counter[str] = Counter()
    different: Counter[str] = Counter()
    for word, times in Counter(words).items():
        for language in _LANGUAGES.get(word, ()):
            scores[language] += times
            different[language] += len(word) > 1
    ranked = [*scores.most_common(2), ("", 0), ("", 0)]
    (best, hits), (_, second) = ranked[0], ranked[1]
    enough = different[best] >= least and hits * 8 >= len(words) and hits * 2 >= second * 3
    return best if enough else None
