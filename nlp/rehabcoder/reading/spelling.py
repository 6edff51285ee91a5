"""Spelling: a long word that no one knows but that is one slip away from a known one is read as that one."""

from __future__ import annotations

from collections.abc import Iterable

_SHORTEST = 7
_CACHE_LIMIT = 100_000


class Spelling:
    """Maps a word to the known word it was meant to be: one letter missing, added, changed or two swapped.

    Only words of at least seven letters that agree in their first letter are corrected, and only where exactly one
    known word fits; everything else stays as written. Known words are indexed by their forms with one letter deleted,
    so a look-up costs the length of the word and not the size of the dictionary.
    """

    def __init__(self, known: Iterable[str]):
        self.known = frozenset(known)
        self._longest = 1 + max(map(len, self.known), default=0)
        self._by_deletion: dict[str, tuple[str, ...]] = {}
        for word in self.known:
            if len(word) >= _SHORTEST - 1:
                for form in _deletions(word):
                    self._by_deletion[form] = (*self._by_deletion.get(form, ()), word)
        self._cache: dict[str, str] = {}

    def correct(self, word: str) -> str:
        if not _SHORTEST <= len(word) <= self._longest or word in self.known or not word.isalpha():
            return word
        found = self._cache.get(word)
        if found is None:
            found = self._look_up(word)
            if len(self._cache) < _CACHE_LIMIT:
                self._cache[word] = found
        return found

    def _look_up(self, word: str) -> str:
        near: set[str] = set()
        for form in _deletions(word):
            near.update(self._by_deletion.get(form, ()))
        near = {k for k in near if k[0] == word[0] and _one_slip(word, k)}
        return near.pop() if len(near) == 1 else word


def _deletions(word: str) -> list[str]:
    return [word, *(word[:i] + word[i + 1 :] for i in range(len(word)))]


def _one_slip(a: str, b: str) -> bool:
    """Whether one deletion, insertion, change or swap of neighbours turns a into b (a and b differ)."""
    if abs(len(a) - len(b)) > 1:
        return False
    i = 0
    while i < min(len(a), len(b)) and a[i] == b[i]:
        i += 1
    if len(a) == len(b):
        return a[i + 1 :] == b[i + 1 :] or (a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :])
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return longer[i + 1 :] == shorter[i:]
