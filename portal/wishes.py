"""What one can want of the things that customers ask about; portal.scenarios reads it."""

# ruff: noqa: E501 - a Korean letter counts as two columns

# key; groups; phrases by mode, the plain ones before the roundabout ones; answer
WISHES = """
cancel; goods booking;
  do {o:을} 취소하 | do {o:을} 무르 | do {o} 취소를 신청하 | noun {o} 취소 | noun {o} 취소 방법 | happened {o:이} 필요 없어지 |
  do {o:을} 안 하는 걸로 하;
  {m}에서 {o:을} 고르고 '취소'를 누르면 됩니다. {n}시간 안에는 수수료가 없습니다.
refund; goods booking member money;
  do {o:을} 환불받 | do {o} 값을 돌려받 | do {o} 환불을 신청하 | noun {o} 환불 신청 | noun {o} 환불 | do {o}에 쓴 돈을 되찾 |
  state {o} 값은 돌려주;
  {m}의 '환불 신청'에서 {o:을} 고르면 {n}일 안에 심사 결과를 알려 드립니다.
refund_when; goods booking member;
  state {o} 환불금은 언제 들어오 | state {o} 환불은 며칠이나 걸리 | state {o} 돈은 언제 돌려받 | noun {o} 환불 기간 |
  trouble {o} 환불했는데 돈이 안 들어오 | trouble {o} 환불이 너무 늦어지;
  {o} 환불금은 승인 뒤 영업일 {n}일 안에 결제한 수단으로 들어갑니다.
return; goods;
  do {o:을} 반품하 | do {o:을} 돌려보내 | do {o} 반품을 접수하 | noun {o} 반품 | noun {o} 반품 접수 방법 |
  happened {o:이} 마음에 안 들어서 다시 싸 두 | do {o:을} 도로 가져가게 하;
  {m}에서 {o} '반품 접수'를 누르고 상자를 문 앞에 두시면 {n}일 안에 수거합니다.
exchange; goods;
  do {o:을} 교환하 | do {o:을} 다른 것으로 바꾸 | do {o:을} 새것으로 바꿔 받 | noun {o} 교환 | noun {o} 교환 신청 | do {o:을} 맞는 것으로 다시 받;
  {o} 교환은 받은 날부터 {n}일 안에 {m}의 '교환 신청'에서 할 수 있습니다.
track; goods;
  do {o} 배송을 조회하 | do {o} 위치를 확인하 | state {o:이} 지금 어디쯤 있 | state {o:이} 어디까지 와 있 | noun {o} 배송 조회 |
  do {o:이} 출발했는지 보;
  {m}의 '배송 조회'에서 {o} 운송장 번호를 누르면 {n}분 전 위치까지 보입니다.
arrive; goods;
  state {o:이} 언제 도착하 | state {o:은} 며칠 만에 오 | state {o:을} 언제쯤 받 | noun {o} 도착 예정일 | state {o:은} 이번 주 안에 오;
  {o:은} 보통 출고한 뒤 {n}일 안에 도착하며 예정일은 {m}에 나옵니다.
late; goods;
  trouble {o:이} 안 오 | trouble {o:이} 아직도 도착하지 않 | trouble {o} 배송이 늦어지 | noun {o} 배송 지연 |
  trouble {o:을} 시킨 지 오래인데 소식이 없;
  늦어져 죄송합니다. {o:이} 예정일에서 {n}일 넘게 늦으면 {m}에서 지연 보상을 신청해 주세요.
broken; goods;
  happened {o:이} 망가져서 오 | trouble {o}에 흠집이 있 | happened {o:이} 깨진 채로 도착하 | noun {o} 파손 | happened {o} 상자가 찌그러져서 오;
  사진을 찍어 {m}의 '파손 신고'에 올려 주시면 {o:을} {n}일 안에 다시 보내 드립니다.
missing; goods;
  trouble {o} 일부가 빠져 있 | happened {o} 구성품이 덜 오 | trouble {o} 개수가 모자라 | noun {o} 누락 | trouble {o} 상자에 있어야 할 것이 없;
  빠진 {o:은} {m}의 '누락 신고'에 적어 주시면 {n}일 안에 따로 보내 드립니다.
address; goods;
  do {o} 배송지를 바꾸 | do {o} 받을 곳을 변경하 | do {o:을} 다른 주소로 받 | noun {o} 배송지 변경 | happened {o} 주소를 잘못 적 |
  happened {o} 주문한 뒤 이사하;
  출고 전이라면 {m}의 '배송지 변경'에서 {o} 주소를 {n}번까지 고칠 수 있습니다.
fee; goods booking;
  state {o} 취소 수수료가 얼마나 나오 | state {o:을} 취소하면 수수료를 얼마나 떼 | noun {o} 취소 수수료 | state {o:을} 물리면 손해가 얼마나 되;
  {o} 취소 수수료는 남은 기간에 따라 0%에서 {n}%까지이며 {m}에 표로 나와 있습니다.
receipt; goods booking member;
  do {o} 영수증을 받 | do {o} 영수증을 뽑 | do {o} 결제 증빙을 발급받 | noun {o} 영수증 발급 | do {o} 산 증거를 회사에 내 | do {o} 경비 처리를 하;
  {m}에서 {o} 옆의 '영수증'을 누르면 최근 {n}개월 것까지 내려받을 수 있습니다.
gift; goods member money;
  do {o:을} 선물하 | do {o:을} 친구에게 선물로 보내 | noun {o} 선물하기 | do {o:을} 생일인 사람에게 주;
  {o:을} 고르고 '선물하기'를 누른 뒤 받는 분을 {n}명까지 고르면 됩니다. 받은 분은 {m}에서 확인합니다.
pack; goods;
  do {o:을} 포장해서 받 | do {o:을} 선물 포장하 | noun {o} 포장 서비스;
  {o} 포장은 주문할 때 '선물 포장'을 켜면 되고 {n}천 원이 더해집니다. {m}에서 나중에 더할 수도 있습니다.
bundle; goods;
  do {o:을} 다른 상품과 묶어 받 | do {o:을} 한꺼번에 배송받 | noun {o} 묶음 배송;
  같은 판매자의 {o:은} {m}에서 '묶음 배송'을 고르면 {n}건까지 한 번에 보내 드립니다.
hold; goods;
  do {o} 배송을 미루 | do {o:을} 나중에 받 | do {o} 배송을 잠시 멈추 | noun {o} 배송 보류 | happened 휴가라서 {o:을} 못 받게 되;
  {m}의 '배송 보류'에서 {o:을} 최대 {n}일까지 미룰 수 있습니다.
date; booking;
  do {o} 날짜를 바꾸 | do {o} 일정을 미루 | do {o:을} 다른 날로 옮기 | noun {o} 날짜 변경 | happened {o} 당일에 일이 생기;
  {m}에서 {o:을} 열고 '날짜 변경'을 누르세요. 이용 {n}시간 전까지 바꿀 수 있습니다.
people; booking;
  do {o} 인원을 늘리 | do {o} 인원을 추가하 | do {o}에 한 명을 더 넣 | noun {o} 인원 변경 | happened {o}에 올 사람이 늘어나;
  {m}에서 {o:을} 열고 '인원 변경'을 누르면 {n}명까지 더할 수 있습니다.
check; booking;
  do {o} 내역을 확인하 | do {o:이} 잘 되었는지 보 | state {o} 내역은 어디에 나오 | noun {o} 확인 | trouble {o} 확정 문자가 안 오;
  {o} 내역은 {m}에 나오고 확정되면 {n}분 안에 문자가 갑니다.
wait; booking;
  do {o} 대기를 걸 | do {o} 빈자리 알림을 받 | noun {o} 대기 신청 | trouble {o} 자리가 다 차 있 | happened {o:이} 매진되;
  자리가 없으면 '{o} 대기'를 눌러 두세요. 빈자리가 나면 {n}분 동안 먼저 잡을 수 있으며 {m}에서 확인합니다.
seat; booking;
  do {o} 자리를 고르 | do {o} 좌석을 지정하 | do {o} 자리를 창가로 바꾸 | noun {o} 좌석 지정 | do {o} 때 일행과 나란히 앉;
  {m}에서 {o:을} 열고 '자리 고르기'를 누르면 {n}줄까지 고를 수 있습니다.
noshow; booking;
  happened {o} 시간에 늦 | happened {o} 날짜를 지나치 | happened {o}에 못 가 | noun {o} 노쇼 규정;
  {o} 시간을 {n}분 넘기면 자동으로 취소됩니다. 미리 {m}에서 연락해 주세요.
child; booking;
  do {o}에 아이를 데려가 | state {o:은} 아이도 가능하 | do {o:을} 어린이 요금으로 하 | noun {o} 어린이 동반 | state {o}에 유아차가 들어갈 수 있;
  {o:은} {n}세부터 어린이 요금이 붙습니다. {m}에서 동반 인원에 적어 주세요.
pet; booking;
  do {o}에 강아지를 데려가 | state {o:은} 반려동물도 가능하 | noun {o} 반려동물 동반;
  {o:은} {n}kg 아래 반려동물만 함께할 수 있으며 {m}의 안내를 따라 주세요.
parking; booking;
  do {o} 때 주차하 | state {o} 주차는 몇 시간까지 되 | noun {o} 주차 안내;
  {o} 고객은 {n}시간까지 무료로 주차할 수 있고 차량 번호는 {m}에 적어 주세요.
group; booking;
  do {o:을} 단체로 하 | do {o} 단체 할인을 받 | state {o:은} 몇 명부터 단체로 되 | noun {o} 단체 할인 | do {o:을} 회사 사람 스무 명이 함께 하;
  {o:은} {n}명부터 단체 할인이 되며 {m}의 '단체 문의'에 남겨 주세요.
register; money account;
  do {o:을} 등록하 | do {o:을} 새로 추가하 | noun {o} 등록 | noun {o} 등록하는 곳 | trouble 새로 만든 {o:을} 어디에 넣는지 모르;
  {m}의 '추가'를 누르고 {o:을} 입력하면 됩니다. {n}개까지 넣을 수 있습니다.
delete; money account content;
  do {o:을} 삭제하 | do {o:을} 지우 | do {o:을} 없애 | noun {o} 삭제 | trouble {o:이} 더는 필요 없 | do {o:을} 흔적도 없이 치우;
  {m}에서 {o:을} 길게 누르고 '삭제'를 고르세요. {n}일 동안은 되돌릴 수 있습니다.
spend; money;
  do {o:으로} 결제하 | do {o:으로} 물건값을 내 | state {o:은} 어디에서 쓸 수 있 | noun {o} 사용처 | state {o:은} 편의점에서도 되;
  결제 화면에서 {o:을} 고르면 됩니다. {m}의 '사용처'에 가맹점 {n}만 곳이 나옵니다.
earn; money;
  do {o:을} 모으 | do {o:을} 더 많이 받 | do {o:을} 적립하 | noun {o} 적립 | state 물건을 사면 {o:이} 얼마나 붙;
  {o:은} 결제 금액의 {n}%만큼 쌓이며 쌓인 내역은 {m}에 나옵니다.
expiry; money member;
  state {o:은} 언제까지 쓸 수 있 | state {o} 유효 기간은 언제 끝나 | state {o:은} 언제 사라지 | noun {o} 유효 기간 | state {o:은} 해가 바뀌면 없어지;
  {o:은} 받은 날부터 {n}개월 동안 쓸 수 있고 남은 날은 {m}에 나옵니다.
balance; money;
  do {o} 잔액을 확인하 | do 남은 {o:을} 보 | state {o:이} 얼마나 남아 있 | noun {o} 잔액 조회 | do {o:이} 바닥났는지 보;
  {m}을 열면 {o} 잔액이 맨 위에 나오며 {n}분마다 새로 고칩니다.
hand_over; money member booking;
  do {o:을} 다른 사람에게 넘기 | do {o:을} 양도하 | do {o} 명의를 바꾸 | noun {o} 양도 | do 안 쓰는 {o:을} 동생에게 주;
  {o:은} {m}의 '양도하기'에서 한 해에 {n}번까지 넘길 수 있습니다.
limit; money;
  do {o} 한도를 올리 | do {o} 한도를 늘리 | state {o} 한도는 얼마나 되 | noun {o} 한도 변경 | trouble {o:으로} 큰돈이 안 나가;
  {o} 한도는 본인 인증을 한 뒤 {m}에서 하루 {n}0만 원까지 올릴 수 있습니다.
lost; money;
  happened {o:을} 잃어버리 | happened {o:을} 도둑맞 | happened {o:을} 어디에 두었는지 잊 | noun {o} 분실 신고 |
  trouble 가방째 없어져서 {o:이} 걱정되;
  먼저 {m}의 '분실 신고'를 눌러 {o:을} 멈추세요. {n}분 안에 사용이 막힙니다.
twice; money;
  happened {o:이} 두 번 빠져나가 | happened {o:이} 이중으로 결제되 | noun {o} 중복 결제 | trouble 한 번 샀는데 {o} 내역이 둘로 찍혀 있;
  중복으로 나간 {o:은} {n}일 안에 저절로 돌아옵니다. 돌아오지 않으면 {m}에서 신고해 주세요.
refused; money;
  trouble {o} 결제가 안 되 | trouble {o} 결제가 자꾸 거절되 | happened {o} 결제에 실패하 | noun {o} 결제 오류 |
  trouble {o:으로} 계산하면 오류 창이 뜨;
  {o} 결제가 거절되면 {m}에서 유효 여부를 확인하고 {n}분 뒤 다시 해 주세요.
default; money;
  do {o:을} 기본 결제 수단으로 쓰 | do {o:을} 먼저 쓰이게 하 | noun {o} 기본 설정;
  {m}에서 {o:을} 맨 위로 끌어 올리면 기본이 됩니다. {n}초쯤 걸립니다.
history; money;
  do {o} 사용 내역을 보 | do {o} 쓴 기록을 내려받 | noun {o} 사용 내역 | do 지난달 {o:을} 어디에 썼는지 보;
  {m}의 '내역'에서 {o} 기록을 {n}년 전 것까지 볼 수 있습니다.
merge; money account;
  do {o:을} 하나로 합치 | do 여러 {o:을} 통합하 | noun {o} 합치기;
  {m}의 '합치기'에서 {o:을} {n}개까지 골라 하나로 만들 수 있습니다.
change; account;
  do {o:을} 바꾸 | do {o:을} 변경하 | do {o:을} 다른 것으로 고치 | noun {o} 변경 | noun {o} 변경 방법 | trouble 지금 {o:이} 마음에 안 들;
  {m}에서 {o} 옆의 '변경'을 누르고 본인 확인을 하면 됩니다. {n}분 안에 적용됩니다.
forgot; account;
  happened {o:을} 잊어버리 | trouble {o:이} 기억나지 않 | do {o:을} 다시 찾 | noun {o} 찾기 | trouble {o:이} 가물가물하;
  로그인 화면의 '{o} 찾기'를 누르면 {n}분 동안 쓸 수 있는 인증 번호를 보내 드립니다. 그 뒤 {m}에서 새로 정하세요.
hide; account content;
  do {o:을} 숨기 | do {o:을} 남에게 안 보이게 하 | do {o:을} 비공개로 돌리 | noun {o} 비공개 | trouble 남들이 {o:을} 보는 게 싫;
  {m}에서 {o} 공개 범위를 '나만'으로 고르면 {n}초 안에 숨겨집니다.
stolen; account;
  happened {o:이} 유출되 | happened {o:을} 해킹당하 | happened 누가 {o:을} 몰래 쓰 | noun {o} 도용 신고 |
  trouble 모르는 사람이 {o:을} 건드리는 것 같;
  곧바로 {m}의 '보호 조치'를 켜고 {o:을} 새로 정하세요. 신고는 {n}시간 안에 처리합니다.
restore; account content;
  do {o:을} 되살리 | do {o:을} 복구하 | do 지운 {o:을} 다시 가져오 | noun {o} 복구 | happened 실수로 {o:을} 지우;
  {m}의 '휴지통'에서 {n}일 안에 지운 {o:을} 되살릴 수 있습니다.
stuck; account;
  trouble {o:이} 안 바뀌 | trouble {o} 변경이 안 되 | trouble {o} 저장이 자꾸 실패하 | noun {o} 변경 오류 |
  trouble {o:을} 바꿔도 예전 것으로 돌아가;
  {o:이} 바뀌지 않으면 앱을 새로 켜고 {m}에서 다시 해 보세요. {n}번 넘게 실패하면 하루 뒤에 풀립니다.
how_often; account;
  state {o:은} 몇 번까지 바꿀 수 있 | state {o:은} 얼마나 자주 바꿀 수 있 | noun {o} 변경 횟수;
  {o:은} {m}에서 한 달에 {n}번까지 바꿀 수 있습니다.
protect; account;
  do {o:을} 안전하게 지키 | do {o} 보안을 높이 | noun {o} 보안 설정 | trouble {o:이} 털릴까 봐 불안하;
  {m}의 '보안'에서 {o} 잠금을 켜고 {n}달마다 점검해 주세요.
link; account;
  do {o:을} 다른 서비스와 연결하 | do {o:을} 연동하 | noun {o} 연동;
  {m}의 '연결 관리'에서 {o:을} {n}개 서비스까지 이을 수 있습니다.
rule; account;
  state {o:은} 몇 글자까지 되 | state {o}에 특수 문자를 쓸 수 있 | state {o:은} 어떤 규칙으로 정하 | noun {o} 규칙;
  {o} 규칙은 {m}에 있으며 최대 {n}자까지 쓸 수 있습니다.
owner; account;
  do {o} 주인을 바꾸 | do {o:을} 가족에게 물려주 | noun {o} 소유자 변경;
  {o} 주인은 서류를 낸 뒤 {m}에서 바꿀 수 있으며 {n}일이 걸립니다.
edit; content;
  do {o:을} 고치 | do {o:을} 수정하 | do {o} 내용을 바꾸 | noun {o} 수정 | happened {o}에 오타를 내;
  {m}에서 {o:을} 열고 연필 모양을 누르면 됩니다. 고친 기록은 {n}개까지 남습니다.
share; content;
  do {o:을} 공유하 | do {o:을} 친구에게 보여 주 | noun {o} 공유 | do {o} 링크를 단톡방에 뿌리;
  {o} 오른쪽 위의 화살표를 누르고 '공유'를 고르세요. {n}명까지 한꺼번에 보낼 수 있고 {m}에서 끊을 수 있습니다.
report; content;
  do {o:을} 신고하 | do 나쁜 {o:을} 알리 | noun {o} 신고 | trouble {o}에 욕설이 있;
  {o} 아래 '신고'를 누르고 까닭을 고르면 {n}시간 안에 살펴봅니다. 결과는 {m}에 나옵니다.
print; content;
  do {o:을} 인쇄하 | do {o:을} 종이로 뽑 | noun {o} 인쇄;
  {m}에서 {o:을} 열고 '인쇄'를 누르면 한 번에 {n}쪽까지 찍힙니다.
export; content;
  do {o:을} 내려받 | do {o:을} 파일로 저장하 | do {o:을} 백업하 | noun {o} 내려받기 | do {o:을} 컴퓨터로 옮겨 두;
  {m}의 '내보내기'에서 {o:을} 고르면 {n}분 안에 파일이 만들어집니다.
find; content;
  do {o:을} 찾 | do 옛날 {o:을} 검색하 | state {o:은} 어디에 있 | noun {o} 찾기 | trouble 예전 {o:이} 어디 갔는지 모르;
  {m} 위의 돋보기에 낱말을 넣으면 {n}년 전 {o}도 찾을 수 있습니다.
sort; content;
  do {o:을} 정리하 | do {o} 순서를 바꾸 | do {o:을} 날짜순으로 보 | noun {o} 정렬 | trouble {o:이} 마구 섞여 있;
  {m}의 '정렬'에서 {o} 차례를 {n}가지로 바꿀 수 있습니다.
upload; content;
  do {o:을} 올리 | do {o:을} 새로 쓰 | noun {o} 올리기 | trouble {o} 쓰는 칸을 못 찾;
  {m} 아래의 더하기를 누르면 {o:을} 하루 {n}개까지 올릴 수 있습니다.
max; content;
  state {o:은} 몇 개까지 올릴 수 있 | state {o} 용량은 얼마까지 되 | noun {o} 최대 개수;
  {o:은} {n}00개까지 둘 수 있고 넘치면 {m}에서 정리해 주세요.
vanished; content;
  happened {o:이} 사라지 | trouble {o:이} 안 보이 | happened {o:이} 갑자기 없어지 | noun {o} 사라짐 | trouble 어제까지 있던 {o:이} 없;
  먼저 {m}의 '숨김'과 '휴지통'을 보세요. {n}일 안이라면 {o:을} 되돌려 드립니다.
unreadable; content;
  trouble {o:이} 안 열리 | trouble {o} 글자가 깨져 보이 | trouble {o:을} 열면 화면이 멈추 | noun {o} 열기 오류 |
  trouble {o:을} 누르면 하얀 화면만 나오;
  앱을 {n}.0 판으로 올린 뒤 {m}에서 {o:을} 다시 열어 주세요.
move; content;
  do {o:을} 다른 곳으로 옮기 | do {o:을} 다른 폴더에 넣 | noun {o} 이동;
  {m}에서 {o:을} 골라 '옮기기'를 누르면 {n}개까지 한 번에 옮겨집니다.
pin; content;
  do {o:을} 맨 위에 고정하 | do {o:을} 위로 올려 두 | noun {o} 고정;
  {o:을} 길게 누르고 '고정'을 고르세요. {m}에서 {n}개까지 고정됩니다.
on; feature;
  do {o:을} 켜 | do {o:을} 쓰기 시작하 | do {o:을} 활성화하 | noun {o} 켜기 | trouble {o:이} 꺼져 있;
  {m}에서 {o} 단추를 오른쪽으로 밀면 {n}초 안에 켜집니다.
off; feature;
  do {o:을} 끄 | do {o:을} 안 쓰 | do {o:을} 해제하 | noun {o} 끄기 | trouble {o:이} 자꾸 떠서 귀찮 | do {o:을} 못 나오게 하;
  {m}에서 {o} 단추를 왼쪽으로 밀면 꺼지고 {n}일 뒤 다시 묻지 않습니다.
adjust; feature;
  do {o} 설정을 바꾸 | do {o:을} 내 입맛에 맞추 | noun {o} 설정;
  {m}의 '{o}'에서 {n}가지 항목을 고를 수 있습니다.
fault; feature;
  trouble {o:이} 안 되 | trouble {o:이} 작동하지 않 | trouble {o}에 오류가 나 | noun {o} 오류 | trouble {o:이} 먹통이 되;
  기기를 다시 켠 뒤 {m}에서 {o:을} 껐다가 {n}초 뒤에 켜 보세요.
slow; feature;
  trouble {o:이} 너무 느리 | trouble {o:이} 자꾸 버벅거리 | trouble {o} 속도가 떨어지 | noun {o} 속도 저하 |
  trouble {o} 한 번 쓰는 데 한참 걸리;
  {m}에서 임시 파일을 지우면 {o:이} 빨라집니다. {n}MB 넘게 비워 주세요.
wrong; feature;
  trouble {o:이} 엉뚱하게 나오 | trouble {o:이} 틀리게 나오 | trouble {o} 결과가 실제와 다르 | noun {o} 결과 오류 |
  happened {o:을} 믿었다가 낭패를 보;
  {o} 아래 '잘못된 정보'를 누르면 {n}일 안에 고칩니다. 처리 상황은 {m}에 나옵니다.
data; feature;
  state {o:은} 데이터를 얼마나 쓰 | state {o:을} 쓰면 데이터가 많이 들 | noun {o} 데이터 사용량 | trouble {o} 때문에 통신 요금이 많이 나오;
  {o:은} 한 시간에 {n}MB쯤 쓰며 {m}에서 '와이파이에서만'을 고를 수 있습니다.
battery; feature;
  state {o:은} 배터리를 얼마나 먹 | trouble {o} 때문에 배터리가 빨리 닳 | noun {o} 배터리 소모;
  {m}의 '절전'을 켜면 {o:이} 쓰는 전기가 {n}% 줄어듭니다.
install; feature;
  do {o:을} 설치하 | do {o:을} 새로 깔 | noun {o} 설치;
  앱 가게에서 받은 뒤 {m}에서 {o:을} 고르면 {n}분 안에 설치됩니다.
update; feature;
  do {o:을} 업데이트하 | do {o:을} 최신판으로 올리 | noun {o} 업데이트;
  {m}의 '정보'에서 {o} '업데이트'를 누르세요. {n}분쯤 걸립니다.
permit; feature;
  do {o} 권한을 허용하 | do {o} 접근을 막 | noun {o} 권한 설정 | trouble {o} 권한이 없다고 나오;
  휴대 전화의 권한 화면에서 {o} 항목을 고르고 {m}으로 돌아오면 {n}초 안에 반영됩니다.
offline; feature;
  state {o:은} 인터넷 없이도 되 | do {o:을} 오프라인에서 쓰 | noun {o} 오프라인 사용 | state {o:은} 비행기 안에서도 되;
  {m}에서 {o} 자료를 미리 받아 두면 {n}일 동안 인터넷 없이 쓸 수 있습니다.
devices; feature member;
  state {o:은} 어떤 기기에서 되 | state {o:은} 몇 대까지 쓸 수 있 | noun {o} 지원 기기 | do {o:을} 태블릿에서도 쓰;
  {o:은} {n}대까지 되며 기기 목록은 {m}에 있습니다.
shortcut; feature;
  do {o} 바로 가기를 만들 | do {o:을} 첫 화면에 두 | noun {o} 바로 가기;
  {m}에서 {o:을} 길게 눌러 첫 화면에 놓으면 됩니다. {n}개까지 둘 수 있습니다.
reset; feature;
  do {o:을} 초기화하 | do {o:을} 처음 상태로 되돌리 | noun {o} 초기화 | trouble {o} 설정이 꼬여 있;
  {m} 맨 아래의 '초기화'를 누르면 {o:이} 처음 상태로 돌아가며 {n}분 걸립니다.
schedule; feature;
  do {o} 시간을 예약하 | do {o:을} 밤에만 쓰 | noun {o} 시간 설정;
  {m}의 '시간 설정'에서 {o:을} 하루 {n}번까지 예약할 수 있습니다.
join; member;
  do {o}에 가입하 | do {o:을} 시작하 | do {o:을} 신청하 | noun {o} 가입 방법 | do {o} 회원이 되;
  {m}의 '시작하기'에서 {o:을} 고르고 결제 수단을 넣으면 {n}분 안에 열립니다.
quit; member;
  do {o:을} 해지하 | do {o:을} 그만두 | do {o:을} 끊 | noun {o} 해지 | trouble {o:을} 더는 안 쓰 | do {o} 계약을 끝내;
  {m}에서 {o:을} 열고 '해지'를 누르세요. 남은 {n}일은 그대로 쓸 수 있습니다.
pause; member;
  do {o:을} 잠시 멈추 | do {o:을} 한 달만 쉬 | noun {o} 일시 정지 | trouble 당분간 {o:을} 못 쓰;
  {m}의 '쉬어 가기'에서 {o:을} {n}개월까지 멈출 수 있습니다.
upgrade; member;
  do {o} 등급을 올리 | do {o:을} 더 높은 요금제로 바꾸 | noun {o} 등급 변경 | do {o:을} 더 좋은 것으로 쓰;
  {m}의 '등급 변경'에서 {o:을} 올리면 남은 {n}일 치만 더 냅니다.
price; member;
  state {o} 요금은 얼마나 하 | state {o}에 한 달에 돈이 얼마나 들 | noun {o} 가격 | state {o:은} 매달 얼마씩 내;
  {o:은} 한 달에 {n},900원이며 {m}에 요금표가 있습니다.
benefit; member;
  state {o}에 어떤 혜택이 있 | state {o:을} 쓰면 무엇이 좋 | noun {o} 혜택 | state {o:은} 돈값을 하;
  {o} 혜택은 {n}가지이며 {m}에서 달마다 확인할 수 있습니다.
pay_with; member;
  do {o} 결제 수단을 바꾸 | do {o} 결제 카드를 변경하 | noun {o} 결제 수단 변경 | happened {o}에 넣어 둔 카드가 만료되;
  {m}에서 {o} '결제 수단'을 누르고 새 카드를 넣으세요. 다음 결제 {n}일 전까지 바꿔야 합니다.
pay_day; member;
  state {o} 결제일은 언제 돌아오 | state {o} 요금은 며칠에 빠져나가 | noun {o} 결제일;
  {o} 요금은 매달 {n}일에 빠져나가며 {m}에서 바꿀 수 있습니다.
trial; member;
  do {o:을} 무료로 써 보 | do {o} 무료 체험을 하 | noun {o} 무료 체험 | do {o:을} 사기 전에 맛보;
  {o:은} 처음 {n}일 동안 무료이며 {m}의 '체험하기'를 누르면 됩니다.
family; member;
  do {o:을} 가족과 함께 쓰 | do {o}에 가족을 초대하 | noun {o} 가족 공유 | do {o:을} 부모님과 나눠 쓰;
  {m}의 '가족'에서 {n}명까지 초대해 {o:을} 함께 쓸 수 있습니다.
student; member;
  do {o} 학생 할인을 받 | state {o:은} 학생이면 싸지 | noun {o} 학생 할인 | state {o:은} 대학생에게 깎아 주;
  학교 메일로 인증하면 {o} 요금이 {n}0% 내려갑니다. 신청은 {m}에서 받습니다.
renew; member;
  do {o} 자동 결제를 끄 | do {o:이} 저절로 연장되지 않게 하 | noun {o} 자동 결제 해제 | trouble {o:이} 나도 모르게 계속 결제되;
  {m}에서 {o} '자동 결제'를 끄면 {n}일 뒤부터 빠져나가지 않습니다.
"""
