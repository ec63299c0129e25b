"""What people ask of anything, whatever it was made for.

These questions tell the confidence how a question out of scope looks that has nothing to do with the corpus, and where
it has too few scenarios to take one out whole, how any does. What a corpus itself is asked is left out
(``models.chatbot.confidence.gather``).
"""

from __future__ import annotations

from models.chatbot.features import Analyser

KOREAN = """
오늘 비 와?
지금 몇 시야?
너는 이름이 뭐니
재미있는 이야기 하나 해 줘
점심으로 뭐 먹으면 좋을까요
김치찌개는 어떻게 끓이나요?
어제 야구 누가 이겼어
부산까지 기차로 얼마나 걸려요?
미국의 수도는 어디인가요
십오 곱하기 삼은 얼마야
요즘 볼만한 영화 추천해 주세요
감기에 걸렸을 때 뭐가 좋아요?
잠이 안 올 때는 어떻게 하지
강아지가 자꾸 짖는데 왜 그러죠
영어로 고맙다는 말을 뭐라고 해?
주식은 언제 사는 게 좋을까요
파리에서 꼭 가 볼 만한 곳이 있나요?
자전거 바퀴에 바람은 어떻게 넣나요
엑셀에서 합계를 구하려면 어떻게 해요?
컴퓨터가 갑자기 느려졌어요
여자 친구 생일 선물로 뭐가 좋을까
운동은 하루에 얼마나 해야 하나요?
달은 지구에서 얼마나 멀어?
면접에서 떨어져서 우울해요
근처에 문 연 약국 있나요
사진을 예쁘게 찍는 법 알려 주세요
이 노래 누가 불렀어?
세종대왕은 언제 태어났나요
화분에 물은 얼마나 자주 줘야 해요?
축구 국가대표 경기는 언제 하나요?
심심한데 뭐 하고 놀까
택시 좀 불러 줄래?
"""
OTHER = """
is it going to rain today?
what time is it now
what is your name?
tell me a funny story
what should i have for lunch?
how do i cook rice without burning it
who won the game last night
how long does the train to the coast take?
what is the capital of canada
how much is fifteen times three?
can you recommend a good movie
what helps against a cold?
i cannot sleep at night, what can i do
why does my dog bark all the time?
how do you say thank you in french
when is a good time to buy stocks?
what should i see in rome
how do i pump up a bicycle tyre?
how do i add up a column in a spreadsheet
my computer has become slow
what is a nice birthday present for a friend?
how much exercise do i need each day
how far away is the moon?
i failed my interview and feel sad
is there a pharmacy open nearby
how can i take better pictures?
who sings this song
when was shakespeare born?
how often should i water my plants
when does the world cup start?
i am bored, what can we play
could you call me a taxi?
"""


def questions_of_anything(analyser: Analyser) -> list[str]:
    """The questions in the language of a corpus: Korean, or English for any other."""
    return (KOREAN if analyser == "kiwi" else OTHER).strip().split("\n")
