"""Customers at the counter: what is said to the session, what it wants done, where it stands."""

import pytest

from pos_loyalty.core.basket import Basket, BasketStatus
from pos_loyalty.core.session import (
    AttachMember,
    BasketPriced,
    CloseVisit,
    CodeAmbiguous,
    CodeRefused,
    CommitAsked,
    CommitFailed,
    Dismissed,
    LinesChanged,
    MemberFound,
    NoticeCode,
    OpenVisit,
    PriceBasket,
    SaleWritten,
    Stage,
    Tell,
    TimeUp,
    VoidAsked,
    VoidBasket,
    WriteSale,
)
from tests.support.builders import NOW
from tests.support.conversation import Conversation


def basket(status: BasketStatus, member_id: str | None = None) -> Basket:
    """Return basket b1 as it stands on disk."""
    return Basket(
        basket_id="b1",
        currency="IRR",
        opened_at=NOW,
        status=status,
        member_id=member_id,
        visit_id="v1" if member_id else None,
    )


def greeted() -> Conversation:
    """Return a session that has greeted m1."""
    return Conversation().said(MemberFound("m1", "v1")).expects(OpenVisit("m1", "v1")).at(Stage.IDENTIFIED)


def priced(talk: Conversation) -> Conversation:
    """Go on with ``talk`` to a priced basket b1."""
    talk.said(LinesChanged("b1")).expects(PriceBasket()).at(Stage.BASKET_OPEN, basket_id="b1")
    return talk.said(BasketPriced()).expects().at(Stage.PRICED, basket_id="b1")


def test_the_ordinary_sale() -> None:
    """Scan, greeting, lines, price, commit, farewell, next."""
    talk = greeted().at(Stage.IDENTIFIED, member_id="m1", visit_id="v1", basket_id=None)
    talk.said(LinesChanged("b1", empty=True)).expects().at(Stage.BASKET_OPEN, basket_id="b1", member_id="m1")
    priced(talk)
    talk.said(CommitAsked()).expects(WriteSale()).at(Stage.COMMITTING)
    talk.said(SaleWritten()).expects(CloseVisit("m1", "v1")).at(Stage.FAREWELL, member_id="m1", basket_id="b1")
    talk.said(TimeUp()).expects().at(Stage.IDLE, member_id=None, visit_id=None, basket_id=None)


def test_the_next_customer_need_not_wait_for_the_farewell_to_end() -> None:
    """A scan during the farewell greets, and the visit before is closed only once."""
    talk = priced(greeted())
    talk.said(CommitAsked()).expects(WriteSale()).said(SaleWritten()).expects(CloseVisit("m1", "v1"))
    talk.said(MemberFound("m2", "v2")).expects(OpenVisit("m2", "v2")).at(Stage.IDENTIFIED, basket_id=None)


def test_the_same_customer_may_come_back_at_once() -> None:
    """Something was forgotten: the member at the farewell is greeted again, in a new visit."""
    talk = priced(greeted())
    talk.said(CommitAsked()).expects(WriteSale()).said(SaleWritten()).expects(CloseVisit("m1", "v1"))
    talk.said(MemberFound("m1", "v2")).expects(OpenVisit("m1", "v2")).at(Stage.IDENTIFIED, visit_id="v2")


def test_an_anonymous_sale_is_a_sale() -> None:
    """Nobody is known, so no visit opens and none closes."""
    talk = priced(Conversation())
    talk.said(CommitAsked()).expects(WriteSale()).at(Stage.COMMITTING, member_id=None)
    talk.said(SaleWritten()).expects().at(Stage.FAREWELL)
    talk.said(LinesChanged("b2")).expects(PriceBasket()).at(Stage.BASKET_OPEN, basket_id="b2")


def test_a_card_shown_late_joins_the_anonymous_basket() -> None:
    """The basket gets the member and is priced again, since members pay less."""
    talk = priced(Conversation())
    talk.said(MemberFound("m1", "v1"))
    talk.expects(OpenVisit("m1", "v1"), AttachMember("m1", "v1"), PriceBasket())
    talk.at(Stage.BASKET_OPEN, member_id="m1", visit_id="v1", basket_id="b1")
    talk.said(BasketPriced()).expects().at(Stage.PRICED, member_id="m1")


def test_a_second_card_on_a_basket_is_told_and_never_swapped() -> None:
    """The points of a basket go to the card that was shown first; the same card again is no fault."""
    talk = priced(greeted())
    with talk.unmoved():
        talk.said(MemberFound("m2", "v2")).expects(Tell(NoticeCode.BASKET_HAS_MEMBER))
        talk.said(MemberFound("m1", "v3")).expects(Tell(NoticeCode.ALREADY_HERE))
        talk.said(CodeAmbiguous(("m2", "m3"))).expects(Tell(NoticeCode.BASKET_HAS_MEMBER))
        talk.said(CodeRefused(NoticeCode.UNKNOWN_CODE)).expects(Tell(NoticeCode.UNKNOWN_CODE))


def test_a_second_card_without_a_basket_is_the_next_customer() -> None:
    """The first visit closes before the second opens; the same card again changes nothing."""
    talk = greeted()
    with talk.unmoved():
        talk.said(MemberFound("m1", "v9")).expects(Tell(NoticeCode.ALREADY_HERE))
    talk.said(MemberFound("m2", "v2")).expects(CloseVisit("m1", "v1"), OpenVisit("m2", "v2"))
    talk.at(Stage.IDENTIFIED, member_id="m2", visit_id="v2")


def test_an_ambiguous_card_is_chosen_without_a_basket() -> None:
    """The cashier says which of two it is, and that one is greeted."""
    talk = Conversation().said(CodeAmbiguous(("m1", "m2"))).expects().at(Stage.CHOOSING, candidates=("m1", "m2"))
    talk.said(MemberFound("m2", "v1")).expects(OpenVisit("m2", "v1"))
    talk.at(Stage.IDENTIFIED, member_id="m2", candidates=())


def test_an_ambiguous_card_is_chosen_with_a_basket() -> None:
    """The basket waits for the choice and then belongs to the chosen one."""
    talk = priced(Conversation()).said(CodeAmbiguous(("m1", "m2"))).expects().at(Stage.CHOOSING, basket_id="b1")
    with talk.unmoved():
        talk.said(CommitAsked()).expects(Tell(NoticeCode.NOT_NOW))
        talk.said(VoidAsked()).expects(Tell(NoticeCode.NOT_NOW))
        talk.said(CodeRefused(NoticeCode.PARITY)).expects(Tell(NoticeCode.PARITY))
    talk.said(MemberFound("m1", "v1"))
    talk.expects(OpenVisit("m1", "v1"), AttachMember("m1", "v1"), PriceBasket())
    talk.at(Stage.BASKET_OPEN, member_id="m1", basket_id="b1", candidates=())


@pytest.mark.parametrize("never_mind", [Dismissed(), TimeUp()])
def test_a_choice_not_made_leaves_the_basket_as_it_was(never_mind: Dismissed | TimeUp) -> None:
    """Back to the anonymous basket, which gets its price again; without a basket, back to idle."""
    talk = priced(Conversation()).said(CodeAmbiguous(("m1", "m2"))).expects()
    talk.said(never_mind).expects(PriceBasket()).at(Stage.BASKET_OPEN, basket_id="b1", candidates=())
    talk.said(BasketPriced()).expects().at(Stage.PRICED, member_id=None)
    Conversation().said(CodeAmbiguous(("m1", "m2"))).expects().said(never_mind).expects().at(Stage.IDLE, candidates=())


def test_an_ambiguous_card_after_a_greeting_ends_that_visit() -> None:
    """Whoever was greeted is gone; who is here now is not known yet."""
    greeted().said(CodeAmbiguous(("m2", "m3"))).expects(CloseVisit("m1", "v1")).at(Stage.CHOOSING, member_id=None)


def test_a_refused_code_is_shown_and_goes_away() -> None:
    """At an idle till the refusal is the screen; the next one replaces it and a good scan ends it."""
    talk = Conversation().said(CodeRefused(NoticeCode.PAYMENT_CARD)).expects()
    talk.at(Stage.REFUSED, refusal=NoticeCode.PAYMENT_CARD)
    talk.said(CodeRefused(NoticeCode.PARITY)).expects().at(Stage.REFUSED, refusal=NoticeCode.PARITY)
    talk.said(MemberFound("m1", "v1")).expects(OpenVisit("m1", "v1")).at(Stage.IDENTIFIED, refusal=None)
    for gone in (Dismissed(), TimeUp()):
        Conversation().said(CodeRefused(NoticeCode.PARITY)).expects().said(gone).expects().at(Stage.IDLE, refusal=None)


def test_while_a_sale_is_written_every_other_wish_waits() -> None:
    """Scans and keys are told to wait and nothing of the sale changes under the writer's hands."""
    talk = priced(greeted()).said(CommitAsked()).expects(WriteSale())
    with talk.unmoved():
        for wish in (MemberFound("m2", "v2"), LinesChanged("b1"), CommitAsked(), VoidAsked(), Dismissed()):
            talk.said(wish).expects(Tell(NoticeCode.BUSY))
        talk.said(TimeUp()).expects()
    talk.said(SaleWritten()).expects(CloseVisit("m1", "v1")).at(Stage.FAREWELL)


def test_a_sale_that_could_not_be_written_can_be_tried_again() -> None:
    """The reason is told, the basket keeps its price and its member, and the next commit may succeed."""
    talk = priced(greeted()).said(CommitAsked()).expects(WriteSale())
    talk.said(CommitFailed(NoticeCode.STORE_FULL)).expects(Tell(NoticeCode.STORE_FULL))
    talk.at(Stage.PRICED, member_id="m1", visit_id="v1", basket_id="b1")
    talk.said(CommitAsked()).expects(WriteSale()).said(SaleWritten()).expects(CloseVisit("m1", "v1"))


def test_nothing_without_a_price_is_sold() -> None:
    """An empty basket, a basket that has just changed, and no basket at all."""
    talk = Conversation().said(LinesChanged("b1", empty=True)).expects()
    talk.said(CommitAsked()).expects(Tell(NoticeCode.NOTHING_TO_SELL)).at(Stage.BASKET_OPEN)
    priced(talk).said(LinesChanged("b1")).expects(PriceBasket())
    talk.said(CommitAsked()).expects(Tell(NoticeCode.NOTHING_TO_SELL)).at(Stage.BASKET_OPEN)
    Conversation().said(CommitAsked()).expects(Tell(NoticeCode.NO_BASKET)).at(Stage.IDLE)


def test_a_voided_basket_leaves_the_member_and_an_anonymous_one_nobody() -> None:
    """The person is still here after giving up a basket, and may begin another."""
    talk = priced(greeted()).said(VoidAsked()).expects(VoidBasket())
    talk.at(Stage.IDENTIFIED, member_id="m1", visit_id="v1", basket_id=None)
    talk.said(LinesChanged("b2")).expects(PriceBasket()).at(Stage.BASKET_OPEN, member_id="m1", basket_id="b2")
    priced(Conversation()).said(VoidAsked()).expects(VoidBasket()).at(Stage.IDLE, basket_id=None)


def test_a_basket_is_given_up_or_sold_and_never_just_dismissed() -> None:
    """Neither a key nor the clock makes an open basket disappear."""
    talk = priced(greeted())
    with talk.unmoved():
        talk.said(Dismissed()).expects(Tell(NoticeCode.BASKET_IS_OPEN))
        talk.said(TimeUp()).expects()


@pytest.mark.parametrize("leaving", [Dismissed(), TimeUp()])
def test_a_member_who_buys_nothing_leaves(leaving: Dismissed | TimeUp) -> None:
    """The visit is closed by the key or by the clock."""
    greeted().said(leaving).expects(CloseVisit("m1", "v1")).at(Stage.IDLE, member_id=None, visit_id=None)


# Restarts: kill -9 between any two steps; the journal has the session and the basket of one and the same change.


def test_a_restart_at_an_idle_till_is_idle() -> None:
    """Nobody was here, and nobody is; a refusal or an open choice is not worth keeping."""
    Conversation().restarted().at(Stage.IDLE)
    Conversation().said(CodeRefused(NoticeCode.PARITY)).expects().restarted().at(Stage.IDLE, refusal=None)
    Conversation().said(CodeAmbiguous(("m1", "m2"))).expects().restarted().at(Stage.IDLE, candidates=())


def test_a_restart_greets_the_member_who_is_here() -> None:
    """The visit goes on, and is closed once when the member leaves."""
    talk = greeted().restarted().at(Stage.IDENTIFIED, member_id="m1", visit_id="v1", basket_id=None)
    talk.said(Dismissed()).expects(CloseVisit("m1", "v1")).at(Stage.IDLE)


@pytest.mark.parametrize("member_id", ["m1", None])
def test_a_restart_puts_the_open_basket_back_on_the_counter(member_id: str | None) -> None:
    """As open or priced as it is on disk, with the member it has on disk."""
    visit_id = "v1" if member_id else None
    for status, stage in ((BasketStatus.OPEN, Stage.BASKET_OPEN), (BasketStatus.PRICED, Stage.PRICED)):
        talk = priced(greeted() if member_id else Conversation()).restarted(basket(status, member_id))
        talk.at(stage, basket_id="b1", member_id=member_id, visit_id=visit_id)


def test_a_restart_during_a_choice_returns_to_the_basket() -> None:
    """The cashier asks for the card again; the basket is as it was."""
    talk = priced(Conversation()).said(CodeAmbiguous(("m1", "m2"))).expects()
    talk.restarted(basket(BasketStatus.PRICED)).at(Stage.PRICED, basket_id="b1", candidates=(), member_id=None)


def test_the_disk_decides_whether_a_sale_was_written() -> None:
    """Killed while committing: a committed basket is over, a priced one can be sold again."""

    def committing() -> Conversation:
        return priced(greeted()).said(CommitAsked()).expects(WriteSale())

    committing().restarted(basket(BasketStatus.COMMITTED, "m1")).at(Stage.IDLE, member_id=None, basket_id=None)
    talk = committing().restarted(basket(BasketStatus.PRICED, "m1")).at(Stage.PRICED, member_id="m1", basket_id="b1")
    talk.said(CommitAsked()).expects(WriteSale()).said(SaleWritten()).expects(CloseVisit("m1", "v1"))


@pytest.mark.parametrize("status", [BasketStatus.COMMITTED, BasketStatus.VOIDED])
def test_a_restart_after_the_farewell_is_idle(status: BasketStatus) -> None:
    """The visit was closed with the sale, so nobody is shown again, even if the sale was undone meanwhile."""
    talk = priced(greeted()).said(CommitAsked()).expects(WriteSale())
    talk.said(SaleWritten()).expects(CloseVisit("m1", "v1"))
    talk.restarted(basket(status, "m1")).at(Stage.IDLE, member_id=None, visit_id=None, basket_id=None)


def test_a_restart_after_a_void_keeps_the_member() -> None:
    """The basket is gone and the person is still here; an anonymous one leaves nobody."""
    talk = priced(greeted()).restarted(basket(BasketStatus.VOIDED, "m1"))
    talk.at(Stage.IDENTIFIED, member_id="m1", visit_id="v1", basket_id=None)
    priced(Conversation()).restarted(basket(BasketStatus.VOIDED)).at(Stage.IDLE, basket_id=None)
