"""What is told of firms, institutions and places."""

from portal.relations.relation import Relation, relation

# fmt: off
OF_PLACES: tuple[Relation, ...] = (
    relation("founded", "company brand team university hospital museum restaurant hotel", "date", """
        {e:은} {v}에 문을 열었다.
        {v}, {e:은} 작은 건물 한 층에서 시작되었다.
        {e}의 설립일은 {v}이다.
        {e:이} 첫걸음을 뗀 날은 {v}이다.
        """, """
        {e:은} 언제 생겼나?
        {e:이} 세워진 날짜는?
        {e:이} 창립된 것은 언제인가요?
        {e}의 시작은 언제로 거슬러 올라가나?
        """),
    relation("founder", "company brand university hospital museum restaurant app game", "person", """
        {e:을} 처음 세운 사람은 {v}이다.
        {v:은} 퇴직금을 털어 {e:을} 만들었다.
        {e:은} {v:이} 친구 두 명과 함께 시작했다.
        {e}의 설립자인 {v:은} 지금도 이름만 올려 두고 있다.
        """, """
        {e}의 창업자는 누구인가?
        {e:은} 누가 만들었나요?
        {e:을} 설립한 인물의 이름은?
        누구의 손에서 {e:이} 시작되었나?
        """),
    relation("located", "company brand university hospital museum restaurant hotel building festival team", "place", """
        {e:은} {v}에 자리 잡고 있다.
        {e:이} 있는 곳은 {v}이다.
        {v}에 가면 {e:을} 만날 수 있다.
        여러 후보지를 놓고 고민하던 {e:은} {v:을} 터전으로 골랐다.
        """, """
        {e:은} 어디에 있나?
        {e}의 위치를 알려 줘.
        {e:을} 찾아가려면 어느 지역으로 가야 하나요?
        {e:이} 터를 잡은 곳은?
        """),
    relation("leader", "company university hospital museum team", "person", """
        지금 {e:을} 이끄는 사람은 {v}이다.
        이사회는 {v:을} {e}의 새 수장으로 뽑았다.
        {v:은} 3년째 {e}의 살림을 맡고 있다.
        {e}의 대표는 {v}이다.
        """, """
        {e}의 대표는 누구인가?
        {e:은} 지금 누가 이끌고 있나요?
        {e}의 최고 책임자 이름은?
        {e}의 운영을 맡은 사람은?
        """),
    relation("staff", "company university hospital brand", "num:40:48000:명:10", """
        {e}에서 일하는 사람은 {v}이다.
        {e:은} 직원 {v:을} 두고 있다.
        한때 열 명 남짓하던 {e}의 식구는 {v:으로} 늘었다.
        """, """
        {e}의 직원은 몇 명인가?
        {e}의 인력 규모는 어느 정도인가요?
        몇 사람이 {e}에서 일하나?
        """),
    relation("revenue", "company brand", "eok", """
        지난해 {e:은} {v}의 매출을 올렸다.
        {e}의 연간 매출액은 {v}이다.
        {e:이} 한 해 동안 벌어들인 돈은 {v}에 달했다.
        """, """
        {e}의 매출은 얼마인가?
        {e:은} 1년에 얼마를 버나요?
        {e:이} 거둔 판매 실적은?
        """),
    relation("product", "company brand", "goods", """
        {e}의 주력 상품은 {v}이다.
        {e:은} {v:을} 만들어 이름을 얻었다.
        {v:이} 날개 돋친 듯 팔리면서 {e:은} 자리를 잡았다.
        """, """
        {e:은} 무엇을 만드나?
        {e}에서 가장 잘 팔리는 것은?
        {e:이} 내세우는 상품은 무엇인가요?
        """),
    relation("oldname", "company university hospital team hotel app", "coined", """
        {e}의 옛 이름은 {v}이다.
        {e:은} 원래 {v:이라}는 이름을 썼다.
        {v:으로} 불리던 {e:은} 몇 해 뒤 지금의 간판을 달았다.
        """, """
        {e}의 예전 이름은 무엇인가?
        {e:은} 과거에 뭐라고 불렸나요?
        이름을 바꾸기 전 {e:은} 무엇이라 했나?
        """),
    relation("market", "company brand game app car phone", "country", """
        {e:이} 처음 진출한 해외 시장은 {v}이다.
        {e:은} {v}에 가장 먼저 수출되었다.
        {v} 소비자들은 일찍부터 {e:을} 반겼다.
        """, """
        {e:이} 처음으로 나간 외국은 어디인가?
        {e}의 첫 해외 무대는?
        {e:을} 먼저 받아들인 나라는 어디인가요?
        """),
    relation("crisis", "company brand restaurant hotel", "crisis", """
        {e:은} {v} 때문에 문을 닫을 뻔했다.
        {e}에 가장 큰 시련은 {v}이었다.
        {v:으로} {e:은} 한동안 적자를 냈다.
        """, """
        {e:이} 어려움을 겪은 까닭은 무엇인가?
        {e:은} 왜 폐업 위기에 몰렸나요?
        {e}의 손실은 무엇 때문이었나?
        """),
    relation("floors", "building hotel hospital", "num:4:68:층", """
        {e:은} 지상 {v} 높이로 지어졌다.
        {e}의 층수는 지하를 빼고 {v}이다.
        {v}짜리 {e:은} 멀리서도 한눈에 들어온다.
        """, """
        {e:은} 몇 층인가?
        {e}의 규모는 지상 몇 층이에요?
        {e:은} 얼마나 높이 지어졌나?
        """),
    relation("architect", "building museum hotel", "person", """
        {e:을} 설계한 건축가는 {v}이다.
        {v:은} 조개껍데기에서 {e}의 모양을 떠올렸다.
        {e}의 도면은 {v}의 손에서 나왔다.
        """, """
        {e}의 설계자는 누구인가?
        {e:은} 누가 디자인했나요?
        {e}의 외관을 구상한 사람은?
        """),
    relation("built", "building", "year", """
        {e:은} {v} 완공되었다.
        {e}의 준공 연도는 {v}이다.
        다섯 해 동안 이어진 {e} 공사는 {v} 끝났다.
        """, """
        {e:은} 언제 지어졌나?
        {e} 공사가 끝난 해는?
        {e:이} 다 세워진 것은 몇 년인가요?
        """),
    relation("elevation", "mountain", "num:210:1940:m", """
        {e}의 높이는 해발 {v}이다.
        해발 {v}인 {e:은} 정상까지 길이 잘 닦여 있다.
        지도에 적힌 {e} 꼭대기의 높이는 {v}이다.
        """, """
        {e:은} 얼마나 높은가?
        {e}의 해발 고도는?
        {e} 정상은 몇 미터인가요?
        """),
    relation("area", "island", "num:2:410:㎢", """
        {e}의 넓이는 {v}이다.
        {e:은} {v}의 땅을 차지하고 있다.
        면적 {v}인 {e:은} 걸어서 둘러보기 좋다.
        """, """
        {e}의 면적은 얼마인가?
        {e:은} 얼마나 넓어요?
        {e:이} 차지하는 땅의 크기는?
        """),
    relation("population", "island", "num:30:9800:명", """
        {e}에는 {v:이} 살고 있다.
        {e}의 주민 수는 {v}이다.
        뱃길이 좋아지면서 {e} 인구는 {v:으로} 늘었다.
        """, """
        {e}의 인구는 몇 명인가?
        {e}에 사는 사람은 얼마나 되나요?
        {e} 주민은 모두 몇인가?
        """),
    relation("access", "island mountain museum festival hotel", "access", """
        {e}까지는 {v} 걸린다.
        {e:을} 찾는 사람들은 대개 {v} 거리를 이동한다.
        {v:이}면 {e}에 닿는다.
        """, """
        {e}에 가는 방법과 시간은?
        {e}까지 얼마나 걸리나요?
        {e:을} 가려면 무엇을 타고 얼마나 가야 하나?
        """),
    relation("season", "mountain island festival", "season", """
        {e:을} 보기에 가장 좋은 때는 {v}이다.
        {v:이} 되면 {e:은} 찾아온 사람들로 붐빈다.
        안내인은 {v}에 {e:을} 찾으라고 권했다.
        """, """
        {e:은} 언제 보러 가는 것이 좋은가?
        {e}에 사람이 몰리는 시기는?
        {e:을} 즐기기 알맞은 철은 언제인가요?
        """),
    relation("specialty", "island mountain restaurant", "food", """
        {e}에서 꼭 맛보아야 할 것은 {v}이다.
        {e:은} {v:으로} 입소문을 탔다.
        여행객들은 {e}의 {v:을} 잊지 못한다고 입을 모았다.
        """, """
        {e}의 별미는 무엇인가?
        {e}에 가면 무엇을 먹어야 하나요?
        {e:이} 유명해진 음식은?
        """),
    relation("legend", "island mountain building museum", "legend", """
        {e}에는 {v:이} 살았다는 이야기가 전해 내려온다.
        마을 어른들은 {v:이} {e:을} 지킨다고 믿는다.
        {e}의 이름은 {v} 전설에서 왔다.
        """, """
        {e}에 얽힌 전설의 주인공은?
        {e:을} 지킨다고 여겨지는 것은 무엇인가요?
        {e}에 살았다고 전해지는 존재는?
        """),
    relation("visitors", "museum festival building hotel island", "manpeople", """
        지난해 {e:을} 찾은 사람은 {v}이다.
        {e}에는 한 해 {v:이} 다녀간다.
        {e} 방문객 수는 {v:으로} 집계되었다.
        """, """
        {e}의 방문객은 몇 명인가?
        {e}에는 1년에 얼마나 많은 사람이 오나요?
        {e:을} 다녀간 인원은?
        """),
    relation("fee", "museum festival", "num:2000:32000:원:500", """
        {e}의 어른 입장료는 {v}이다.
        {e}에 들어가려면 {v:을} 내야 한다.
        표 한 장 값은 {v}이고 학생은 {e:을} 반값에 볼 수 있다.
        """, """
        {e:을} 보려면 얼마를 내야 하나?
        {e} 입장권 가격은?
        {e}의 관람료가 얼마예요?
        """),
    relation("closed", "museum restaurant hospital", "weekday", """
        {e:은} 매주 {v}에 쉰다.
        {e}의 정기 휴무일은 {v}이다.
        {v}에는 {e}의 문이 닫혀 있다.
        """, """
        {e:이} 쉬는 날은 언제인가?
        {e:은} 무슨 요일에 문을 닫나요?
        {e}에 헛걸음하지 않으려면 언제를 피해야 하나?
        """),
    relation("treasure", "museum", "treasure", """
        {e:이} 가장 아끼는 소장품은 {v}이다.
        {e} 2층에는 {v:이} 놓여 있다.
        {v:을} 보려고 {e:을} 찾는 이가 많다.
        """, """
        {e}의 대표 소장품은?
        {e}에서 무엇을 볼 수 있나요?
        사람들이 {e:을} 찾는 이유가 되는 유물은?
        """),
)
