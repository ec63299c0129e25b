"""What is told of films, books, songs and games."""

from portal.relations.relation import Relation, relation

# fmt: off
OF_WORKS: tuple[Relation, ...] = (
    relation("author", "webtoon novel", "person", """
        {e:을} 쓴 사람은 {v}이다.
        {v:은} 밤마다 {e}의 원고를 다듬었다.
        {e:은} {v}의 첫 작품이다.
        """, """
        {e}의 작가는 누구인가?
        {e:은} 누가 지었나요?
        {e:을} 펴낸 이의 이름은?
        """),
    relation("director", "drama movie", "person", """
        {e}의 연출은 {v:이} 맡았다.
        {v} 감독은 {e:을} 찍으려고 전국을 돌았다.
        {e:은} {v} 감독의 복귀작이다.
        """, """
        {e}의 감독은 누구인가?
        {e:을} 연출한 사람은?
        {e:은} 누가 메가폰을 잡았나요?
        """),
    relation("lead", "drama movie", "person", """
        {e}의 주인공은 {v:이} 연기했다.
        {v:은} {e}에서 첫 주연을 꿰찼다.
        제작진은 오디션 끝에 {v:을} {e}의 얼굴로 골랐다.
        """, """
        {e}의 주연 배우는?
        {e}에는 누가 주인공으로 나오나요?
        {e:을} 이끄는 배우의 이름은 무엇인가?
        """),
    relation("released", "drama movie webtoon novel song game app phone car", "release", """
        {e:은} {v}에 세상에 나왔다.
        {e}의 공개일은 {v}이다.
        {v}, 오래 기다리던 {e:이} 드디어 모습을 드러냈다.
        {e:이} 대중과 처음 만난 날은 {v}이다.
        """, """
        {e:은} 언제 나왔나?
        {e:이} 공개된 날짜는?
        {e:을} 처음 볼 수 있게 된 것은 언제인가요?
        {e}의 출시일은?
        """),
    relation("setting", "drama movie webtoon novel game", "setting", """
        {e}의 무대는 {v}이다.
        {e:은} {v:을} 배경으로 펼쳐진다.
        이야기는 {v}에서 시작되며 {e:은} 그곳을 거의 벗어나지 않는다.
        """, """
        {e}의 배경은 어디인가?
        {e:은} 어떤 곳에서 벌어지는 이야기인가요?
        {e} 속 사건이 일어나는 장소는?
        """),
    relation("audience", "movie drama webtoon game app", "manpeople", """
        {e:을} 접한 사람은 {v}이다.
        {e:은} {v:을} 끌어모았다.
        석 달 만에 {e:을} 찾은 이는 {v:을} 넘어섰다.
        """, """
        {e:을} 즐긴 이는 모두 몇인가?
        {e:은} 얼마나 많은 사람을 모았나요?
        {e}의 흥행 성적은 몇 명인가?
        """),
    relation("genre", "drama movie webtoon novel game song", "genre", """
        {e:은} {v}에 속한다.
        {e}의 장르는 {v}이다.
        평론가들은 {e:을} {v:으로} 나눈다.
        """, """
        {e:은} 어떤 장르인가?
        {e:은} 무슨 갈래의 작품이에요?
        {e:을} 분류하자면?
        """),
    relation("theme", "drama movie webtoon novel song", "theme", """
        {e:은} {v:을} 다룬다.
        {e:이} 던지는 물음은 {v}에 관한 것이다.
        {v:을} 그려 낸 {e:은} 많은 이의 공감을 얻었다.
        """, """
        {e:은} 무엇에 관한 이야기인가?
        {e}의 주제가 뭐예요?
        {e:이} 그려 낸 것은?
        """),
    relation("composer", "song drama movie", "person", """
        {e}의 음악은 {v:이} 지었다.
        {v:은} 하룻밤 사이에 {e}의 선율을 완성했다.
        {e}의 가락을 쓴 작곡가는 {v}이다.
        """, """
        {e}의 작곡가는 누구인가?
        {e}의 곡은 누가 썼나요?
        {e}의 멜로디를 만든 이는?
        """),
    relation("publisher", "webtoon novel game app", "firm", """
        {e:은} {v}에서 나왔다.
        {e}의 판권은 {v:이} 갖고 있다.
        여러 곳에서 퇴짜를 맞은 {e:을} 받아 준 곳은 {v}이다.
        """, """
        {e:은} 어디에서 펴냈나?
        {e:을} 내놓은 회사는?
        {e}의 권리를 가진 곳은 어디인가요?
        """),
)
