"""Names and words that the generators tell of, in both languages, and Korean particles."""

from __future__ import annotations

from evals.tasks.base import Language

__all__ = ["COLOURS", "PEOPLE", "WORDS", "joined", "particle"]

PEOPLE: dict[Language, tuple[str, ...]] = {
    "en": tuple("Ada Ben Cleo Dan Eva Finn Gina Hugo Iris Jon Lena Max Nora Otto Pia Ravi".split()),
    "ko": tuple(
        "가영 나현 다솜 도윤 라희 민수 미나 서준 수아 영호 은지 재민 지우 태오 하준 현우".split()
    ),
}
COLOURS: dict[Language, tuple[str, ...]] = {
    "en": ("red", "blue", "green", "yellow", "white", "black", "brown", "purple"),
    "ko": ("빨간색", "파란색", "초록색", "노란색", "하얀색", "검은색", "갈색", "보라색"),
}
WORDS: dict[Language, tuple[str, ...]] = {
    "en": tuple(
        "anchor apple autumn badge barn basket beach bell bicycle bottle branch bread "
        "bridge bucket butter button camera candle canyon carpet castle chalk cherry circle "
        "cloud copper corner cotton cradle cricket desert dinner donkey dragon eagle engine "
        "feather fence field finger flame forest fountain garden garlic ginger glacier "
        "grape hammer harbor helmet honey island jacket jungle kettle kitchen ladder "
        "lantern lemon lizard magnet maple marble meadow mirror mountain needle nickel "
        "notebook ocean olive onion orchard oven paper parrot pebble pepper pigeon pillow "
        "pocket pumpkin puzzle rabbit ribbon river rocket saddle sailor sandal shovel "
        "silver spider spoon stream summer table temple thunder ticket tiger tunnel turtle "
        "valley velvet village violin wagon walnut whistle window winter wizard yellow "
        "zipper".split()
    ),
    "ko": tuple(
        "가위 감자 강물 거울 계단 고래 고양이 골목 공책 구름 구두 그림자 기차 꽃병 나무 "
        "나침반 낙엽 냄비 노래 눈사람 다람쥐 단추 달력 당근 대문 도마 도서관 독수리 등대 "
        "딸기 마당 망치 매미 모래 모자 무지개 문방구 물고기 바구니 바늘 바다 바위 발자국 "
        "밤하늘 배추 버섯 벽돌 병아리 복숭아 부엌 비누 빗자루 사다리 사슴 산책길 상자 새벽 "
        "생강 선풍기 소나기 소나무 손수건 수박 수첩 시계 시장 신문 썰매 씨앗 안경 앞치마 "
        "양말 언덕 얼음 여름 연필 열쇠 오솔길 옥수수 우물 우산 운동장 유리창 은행잎 의자 "
        "자전거 잔디 장갑 저녁 조약돌 주머니 주전자 지붕 참새 책상 천둥 촛불 치마 코끼리 "
        "콩나물 탁자 토끼 편지 포도 풍선 피아노 하모니카 항아리 해바라기 호두 호수 화분 "
        "햇살".split()
    ),
}


def particle(word: str, after_consonant: str, after_vowel: str) -> str:
    """The particle that fits the last syllable of a Hangul word: 민수가, 재민이."""
    return after_consonant if (ord(word[-1]) - 0xAC00) % 28 else after_vowel


def joined(parts: list[str], language: Language) -> str:
    """ "a, b and c", "a, b, c"."""
    if language == "ko" or len(parts) < 2:
        return ", ".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
