"""What happened on the day: new every night."""

from portal.relations.relation import Relation, relation

# fmt: off
OF_TODAY: tuple[Relation, ...] = (
    relation("opened_branch", "company brand restaurant hotel hospital", "place", """
        {e:은} {t} {v}에 새 지점을 열었다.
        {t} 문을 연 {e}의 새 지점은 {v}에 있다.
        {e:이} 이번에 낸 지점은 {v}에서 손님을 맞는다.
        """, """
        {e}의 새 지점은 어디에 생겼나?
        {e:이} 이번에 문을 연 곳은?
        {e:은} 새로 어디에 들어섰나요?
        """, daily=True),
    relation("stock", "company", "num:2:29:%", """
        {t} {e}의 주가는 하루 만에 {v} 올랐다.
        {e} 주식은 {t} {v} 뛴 값에 거래를 마쳤다.
        {t} 장에서 {e:은} {v}의 상승률을 보였다.
        """, """
        {e} 주가는 얼마나 올랐나?
        {e}의 상승률은 몇 퍼센트인가요?
        {e} 주식은 하루에 얼마나 뛰었나?
        """, daily=True),
    relation("guest", "festival museum university drama game", "person", """
        {t} {e}에는 {v:이} 손님으로 찾아왔다.
        {v:은} {t} {e:을} 깜짝 방문했다.
        {e:을} 찾은 {v:은} 사진을 찍으며 시간을 보냈다.
        """, """
        {e}에 온 손님은 누구인가?
        {e:을} 깜짝 방문한 사람은?
        {e}에는 누가 다녀갔나요?
        """, daily=True),
    relation("score", "team athlete", "score", """
        {t} {e:은} {v:으로} 이겼다.
        {e:이} {t} 치른 경기는 {v:으로} 끝났다.
        {v}, {t} 전광판은 {e}의 승리를 알렸다.
        """, """
        {e} 경기의 점수는?
        {e:은} 몇 대 몇으로 이겼나요?
        {e}의 경기 결과는 어떻게 되었나?
        """, daily=True),
    relation("schedule", "singer group actor movie drama festival song", "time", """
        {e} 팬 행사는 {t} {v}에 열렸다.
        {t} {v}, {e:을} 보려는 줄이 길게 늘어섰다.
        {e:은} {t} {v}에 무대 인사를 가졌다.
        """, """
        {e}의 행사는 몇 시에 열렸나?
        {e:은} 언제 무대 인사를 했나요?
        {e:을} 보려는 줄이 늘어선 시각은?
        """, daily=True),
    relation("update", "app service game phone car", "feature", """
        {e:은} {t} {v:을} 새로 선보였다.
        {t} 나온 {e}의 새 판에는 {v:이} 들어갔다.
        이용자들이 바라던 {v:이} {t} {e}에 더해졌다.
        """, """
        {e}에 새로 생긴 기능은?
        {e:은} 이번에 무엇을 선보였나요?
        {e}의 새 판에 들어간 것은 무엇인가?
        """, daily=True),
)
