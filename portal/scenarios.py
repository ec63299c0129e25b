"""What customers ask about: things, and what one can want of them. Every pair that fits is a scenario of the chatbot.

Verb phrases end in a bare stem, which portal.dialogues conjugates: ``do`` is what somebody wants to do, ``state`` what
somebody wants to know, ``trouble`` what goes wrong, ``happened`` what went wrong; ``noun`` stands without a verb.
"""

# ruff: noqa: E501 - a Korean letter counts as two columns

from __future__ import annotations

import re
from dataclasses import dataclass

from portal.wishes import WISHES


@dataclass(frozen=True)
class Thing:
    """``names``: the proper one first, then what people also say. ``menu``: where the answer sends them."""

    names: tuple[str, ...]
    group: str
    menu: str


@dataclass(frozen=True)
class Intent:
    """``phrases``: (mode, text) pairs with ``{o}`` for the thing. ``answer`` knows ``{o}``, ``{m}`` menu, ``{n}`` number."""

    key: str
    groups: tuple[str, ...]
    phrases: tuple[tuple[str, str], ...]
    answer: str


_THINGS = {
    ("goods", "주문/배송"): "주문 상품=산 물건|택배|새벽 배송 상품=새벽 배송|해외 직구 상품=직구 물건|정기 배송 상품=정기 배송|예약 판매 상품|"
    "설치 가전=설치 제품|가구|세트 상품|냉장 식품=냉장 식품 상자|꽃다발=꽃 주문|책 주문=주문한 책|중고 상품=중고 물건|맞춤 제작 상품=주문 제작품|"
    "화장품|운동화=신발|옷=의류|선물 세트",
    ("money", "내 지갑"): "할인 쿠폰=쿠폰|포인트|문화 상품권|신용 카드=카드|체크 카드|은행 계좌=계좌|간편 결제=간편 결제 서비스|적립금|"
    "기프트 카드|교통 카드|캐시=충전 캐시|외화 지갑=외화|지역 화폐|가상 계좌|휴대폰 결제=폰 결제|복지 포인트|마일리지|모바일 상품권",
    ("account", "내 정보"): "비밀번호=비번=패스워드|아이디=ID|프로필 사진=프사|닉네임=별명|휴대 전화 번호=폰 번호|이메일 주소=이메일|"
    "2단계 인증=이중 인증|로그인 기기|휴면 계정|가족 계정|사업자 계정|지문 로그인=지문 인증|생년월일|배송지 주소록=주소록|결제 비밀번호=결제 비번|"
    "공동 인증서=인증서|자기소개|아이 계정=자녀 계정",
    ("booking", "예약 내역"): "식당 예약|호텔 예약=호텔|기차표=기차 예약|항공권=비행기 표|공연 티켓=공연 예매|렌터카 예약=렌터카|병원 예약=진료 예약|"
    "미용실 예약=미용실|영화표=영화 예매|캠핑장 예약=캠핑장|골프장 예약=골프장|전시 입장권=전시회 표|고속버스 표=고속버스 예매|펜션 예약=펜션|"
    "체험 수업 예약=체험 수업|사진관 예약=사진관|세차 예약=세차|경기 관람권=경기 표",
    ("content", "내 글 관리"): "블로그 글=블로그 포스트|카페 게시글=카페 글|댓글|사진첩=앨범|동영상=영상|전자책=이북|재생 목록=플레이리스트|"
    "보낸 메일=메일|쪽지|일정=캘린더 일정|메모|연락처|대화방=채팅방|리뷰=후기|저장한 장소=즐겨찾기 장소|검색 기록=검색 내역|설문지=설문|"
    "지식 답변=답변 글",
    ("feature", "설정"): "알림=푸시 알림|위치 서비스=위치 기능|음성 검색|길 찾기=길 안내|번역기=번역 기능|날씨 위젯=날씨 화면|클라우드 동기화=동기화|"
    "다크 모드=어두운 화면|자막|자동 재생|광고 문자=마케팅 문자|화면 잠금=앱 잠금|키보드 앱=키보드|이미지 검색=사진 검색|실시간 교통 정보=교통 정보|"
    "거리 사진 보기=거리 뷰|맞춤 추천=추천 기능|자동 로그인",
    ("member", "구독 관리"): "멤버십=유료 멤버십|음악 이용권|영상 구독=영상 이용권|클라우드 용량=저장 용량|뉴스레터=소식지|온라인 강의=인강|"
    "게임 이용권=게임 패스|이모티콘 구독=이모티콘 무제한|팬클럽|웹툰 이용권|신문 구독=전자 신문|운동 수업=피트니스 수업|어학 수업=외국어 수업|"
    "오디오북 구독=오디오북|주차권=월 주차권|세탁 구독=세탁 서비스|반찬 구독=반찬 배달|꽃 구독",
}  # fmt: skip
THINGS = tuple(
    Thing(tuple(names.split("=")), group, menu) for (group, menu), text in _THINGS.items() for names in text.split("|")
)


def _intent(entry: str) -> Intent:
    key, groups, phrases, answer = (" ".join(part.split()) for part in entry.split(";"))
    pairs = [phrase.strip().split(" ", 1) for phrase in phrases.split("|")]
    return Intent(key, tuple(groups.split()), tuple((mode, text) for mode, text in pairs), answer)


INTENTS = tuple(_intent(entry) for entry in re.split(r"\n(?=\w)", WISHES.strip()))
