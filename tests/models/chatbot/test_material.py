"""Which questions of the day are asked of what."""

from models.chatbot.config import ChatbotConfig
from models.chatbot.corpus import gather
from models.chatbot.material import Corpus


def test_the_evaluation_is_validated_on_test_questions_too_where_few_tune(faq_table):
    corpus = Corpus(gather(faq_table)[0], "words", ChatbotConfig())
    readings, truth = corpus.judged
    assert len(readings) == len(truth) == len(corpus.asked[0]) + len(corpus.split.test)
    row = corpus.split.test[-1]
    assert readings[-1] == corpus.readings[row]
    assert corpus.known.names[truth[-1]] == corpus.pairs.names[corpus.pairs.scenario[row]]
