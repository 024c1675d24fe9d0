"""Korean."""

from __future__ import annotations

from annotation.pages.text.language import Sentences

SENTENCES: Sentences = {
    "page": {
        "prompt": "프롬프트",
        "hide_prompt": "숨기기",
        "earlier_turn": "이전 차례",
        "later_turn": "다음 차례",
        "raw": "원문 보기",
        "differences": "차이 보기",
        "linked": "함께 스크롤",
        "guidelines": "안내서",
        "help": "단축키",
        "menu": "메뉴",
        "close": "닫기",
        "progress": "평가한 쌍",
        "loading": "불러오는 중 …",
        "join_title": "출처를 모른 채 답변 비교하기",
        "join_lead": (
            "프롬프트 하나와 그에 대한 두 응답을 나란히 읽고, 몇 가지 기준마다 어느 "
            "쪽이 더 나은지 답합니다. 응답이 어디에서 왔는지는 알려 드리지 않습니다."
        ),
        "join_name": "가명을 정하세요",
        "join_name_hint": (
            "이름이나 이메일 주소가 아니면 무엇이든 괜찮습니다. 가명은 평가 결과와 함께 저장됩니다."
        ),
        "join_button": "시작",
        "have_link": "전에 참여한 적이 있습니다",
        "link_label": "개인 복귀 링크",
        "link_hint": "처음 시작할 때 보여 드린 링크이며, 메뉴에서 언제든 볼 수 있습니다.",
        "link_button": "계속하기",
        "welcome_title": "시작하기 전에",
        "keep_link": (
            "이 링크를 보관하세요. 다른 브라우저에서 평가를 이어 갈 수 있는 유일한 "
            "방법입니다. 링크를 가진 사람은 누구나 당신으로서 평가하게 되므로 다른 "
            "사람에게 주지 마세요. 메뉴에서 다시 볼 수 있습니다."
        ),
        "keep_link_account": (
            "처음 들어온 방법이나 이 링크로 돌아올 수 있습니다. 링크를 가진 사람은 누구나 "
            "당신으로서 평가하게 되므로 다른 사람에게 주지 마세요. 메뉴에서 다시 볼 수 있습니다."
        ),
        "copy": "링크 복사",
        "begin": "시작하기",
        "response_a": "응답 A",
        "response_b": "응답 B",
        "jump_a": "A 읽기",
        "jump_b": "B 읽기",
        "criteria": "질문",
        "previous": "이전 질문",
        "next": "다음 질문",
        "submit": "제출",
        "undo": "되돌리기",
        "skip": "건너뛰기",
        "flag": "문제 표시",
        "back": "바꾸지 않고 돌아가기",
        "go_on": "계속하기",
        "skip_title": "이 쌍 건너뛰기",
        "skip_why": "이유가 무엇인가요?",
        "skip_cannot": "제가 판단할 수 없습니다",
        "skip_knows": "응답이 어디에서 왔는지 압니다",
        "skip_broken": "글이 깨졌거나 빠져 있습니다",
        "skip_upsetting": "이 내용을 읽고 싶지 않습니다",
        "skip_words": "직접 쓰기",
        "skip_hint": "이 쌍은 다른 사람에게 넘어가며, 다시 나오지 않습니다.",
        "skip_button": "건너뛰기",
        "flag_title": "이 쌍에 문제 표시",
        "flag_why": "무엇이 이상한가요?",
        "flag_cannot": "제가 잘 판단할 수 없습니다",
        "flag_broken": "글이 깨졌거나 중간에 끊겼습니다",
        "flag_harmful": "해로운 응답이 있습니다",
        "flag_names": "응답에 어느 시스템인지 드러나 있습니다",
        "flag_prompt": "프롬프트가 말이 되지 않습니다",
        "flag_hint": "표시는 답변과 함께 전송됩니다. 질문에는 그대로 답해 주세요.",
        "consent_title": "참여하기 전에",
        "agree": "동의합니다",
        "decline": "동의하지 않습니다",
        "decline_title": "동의하지 않으시나요?",
        "decline_text": "그러면 더 요청드리는 것이 없고, 쌍도 보여 드리지 않습니다.",
        "decline_back": "동의문으로 돌아가기",
        "sensitive_title": "민감한 쌍",
        "sensitive_text": (
            "읽기 힘들 수 있는 종류의 쌍이 있습니다. 직접 열기 전까지는 가려져 있습니다. "
            "원하지 않는 종류는 지금이든 언제든 불이익 없이 뺄 수 있습니다."
        ),
        "refused_title": "읽어 주셔서 감사합니다",
        "refused_text": "동의하지 않으셨으므로 요청드리는 것이 없으며 쌍도 보여 드리지 않습니다.",
        "screened_title": "참여해 주셔서 감사합니다",
        "screened_text": (
            "연습 쌍에 대한 답변이 이 연구에 필요한 것과 달라, 더 보여 드릴 쌍이 "
            "없습니다. 이것이 당신의 판단력 전반을 뜻하지는 않습니다."
        ),
        "closing_title": "마지막 질문입니다",
        "closing_question": "읽으신 응답은 어떤 시스템이 썼다고 생각하시나요?",
        "closing_hint": (
            "추측도 좋고, 쓰지 않으셔도 됩니다. 연구에서 출처가 얼마나 잘 가려졌는지 알려 줍니다."
        ),
        "closing_button": "마치기",
        "gone_title": "연구에서 나가셨습니다",
        "gone_text": "전에 외부에 제공된 사본은 여기에서 지울 수 없습니다.",
        "feedback_title": "기대한 답",
        "feedback_question": "질문",
        "feedback_given": "내 답",
        "feedback_expected": "기대한 답",
        "feedback_verdict": "비교",
        "veil_title": "다음 쌍은 민감한 종류입니다",
        "veil_text": "열기 전까지 글이 가려져 있습니다.",
        "veil_open": "열기",
        "veil_leave_out": "이 종류 빼기",
        "veil_skip": "이 쌍 건너뛰기",
        "veil_hint": "이 종류를 빼도 불이익이 없으며, 메뉴에서 다시 바꿀 수 있습니다.",
        "break_title": "잠시 쉬어 갈까요?",
        "break_text": "꽤 많은 쌍을 평가하셨습니다. 모두 저장되었으니 원하실 때 계속하세요.",
        "signed_in": "현재 가명:",
        "leave": "이 브라우저에서 나가기",
        "leave_hint": "평가는 그대로 남습니다. 복귀 링크로 돌아올 수 있습니다.",
        "leave_hint_account": "평가는 그대로 남습니다. 처음 들어온 방법으로 돌아올 수 있습니다.",
        "recent": "답변 바꾸기",
        "withdraw": "연구에서 나가고 내 데이터 삭제",
        "withdraw_hint": "삭제하기 전에 한 번 더 확인합니다.",
        "withdraw_title": "내 데이터를 모두 삭제할까요?",
        "withdraw_text": (
            "이 연구에서 당신의 가명, 평가와 그 이전 기록, 의견, 임시 저장된 답변, "
            "동의 기록을 삭제합니다. 되돌릴 수 없습니다."
        ),
        "withdraw_reach": "연구자가 전에 만든 사본은 여기에서 지울 수 없습니다.",
        "withdraw_back": "모두 유지",
        "withdraw_button": "모두 삭제",
        "done_title": "마지막 쌍이었습니다. 감사합니다!",
        "done_text": "이 연구가 당신에게 준비한 쌍을 모두 평가하셨습니다.",
        "waiting_title": "지금은 남은 쌍이 없습니다",
        "waiting_text": "남은 쌍은 다른 사람들이 평가하고 있습니다. 곧 다시 생길 수 있습니다.",
        "look_again": "다시 확인",
        "paused_title": "연구가 일시 중지되었습니다",
        "paused_text": (
            "연구자가 연구를 일시 중지했습니다. 지금까지 하신 것은 모두 저장되었고, 보고 계시던 "
            "쌍은 그대로 남아 있습니다. 나중에 개인 링크나 이 브라우저로 다시 와 주세요."
        ),
        "closed_title": "연구가 끝났습니다",
        "closed_text": (
            "연구자가 연구를 끝내 더 이상 답을 받지 않습니다. 그 전에 제출하신 것은 모두 "
            "저장되었습니다. 감사합니다."
        ),
        "excluded_title": "참여가 끝났습니다",
        "excluded_text": (
            "연구자가 당신의 참여를 끝냈습니다. 이유는 연구자에게 문의해 주세요. 메뉴에서 당신의 "
            "자료를 모두 삭제하실 수 있습니다."
        ),
        "cookie_title": "이 페이지를 새 탭에서 열어 주세요",
        "cookie_text": (
            "브라우저가 이 프레임 안에서는 쿠키를 저장하지 않아 당신인지 알 수 없습니다. "
            "잃어버린 것은 없으며, 새 탭에서는 페이지가 작동합니다."
        ),
        "cookie_link": "새 탭에서 열기",
        "help_title": "단축키",
        "help_digits": "선택된 질문에 답하고 다음으로 이동",
        "help_arrows": "위나 아래 질문으로 이동",
        "help_sides": "선택된 질문의 답 바꾸기",
        "help_enter": "제출",
        "help_scroll": "두 응답 스크롤",
        "help_undo": "이전 쌍 바꾸기",
        "help_skip": "이유를 적고 이 쌍 건너뛰기",
        "help_flag": "이 쌍에 문제 표시",
        "help_comment": "의견 쓰기. Esc로 나가고, Ctrl과 Enter로 제출",
        "help_linked": "두 응답을 함께 스크롤하거나 따로 스크롤",
        "help_differences": "거의 같은 두 응답에서 서로 다른 곳 표시",
        "help_menu": "메뉴: 이전 답변, 복귀 링크",
        "help_prompt": "프롬프트 숨기기 또는 보이기",
        "help_turn": "대화에서 이전 차례 보기, 첫 차례에서는 마지막 차례로",
        "help_raw": "서식 대신 원문 보기",
        "help_guidelines": "안내서",
        "help_help": "이 목록",
        "help_note": "의견 칸 안에서는 글자 입력만 됩니다.",
    },
    "words": {
        "saved": "저장됨",
        "saving": "저장 중 …",
        "retry": "저장 중, 재시도 {n}회",
        "offline": "오프라인, 이 기기에 보관됨",
        "nothing_yet": "",
        "reload": "앱이 변경되었습니다. 페이지를 새로 고치세요. 답변은 보관되어 있습니다.",
        "progress": "{total}개 중 {done}개",
        "announce": "쌍 {total}개 중 {n}번째",
        "unanswered": "아직 답하지 않음: {names}",
        "copied": "복사됨",
        "copy_failed": "직접 복사해 주세요",
        "malformed": (
            "서버가 페이지를 이해하지 못했습니다. 페이지를 새로 고치세요. 답변은 보관되어 있습니다."
        ),
        "unreachable": "서버에 연결할 수 없습니다. 다시 시도하는 중 …",
        "question_of": "질문 {total}개 중 {n}번째",
        "turn_of": "{total}차례 중 {n}번째",
        "hide_prompt": "숨기기",
        "show_prompt": "보이기",
        "done_count": "{done}개 평가함",
        "submitting": "제출 중 …",
        "comment": "의견 (선택)",
        "reason": "이유 (필수)",
        "reason_missing": "이 쌍에는 그렇게 고른 이유를 짧게 적어 주세요.",
        "minutes": "약 {n}분 남음",
        "training": "연습 쌍 {total}개 중 {n}번째",
        "round": "{total}회 중 {n}회차",
        "editing": "이전 답변을 바꾸고 있습니다.",
        "unsent": "아직 제출하지 않음",
        "surplus": "답변이 저장되고 인정되었습니다. 그사이 다른 사람들도 이 쌍을 평가했습니다.",
        "round_passed": "연습이 끝났습니다. 잘하셨습니다. 이제 연구를 시작합니다.",
        "round_failed": (
            "기대한 답과 다른 답변이 있었습니다. 흔한 일입니다. 안내서를 다시 읽어 "
            "보세요. 연습 쌍이 한 번 더 나옵니다."
        ),
        "as_expected": "✓ 기대한 답",
        "not_as_expected": "✗ 다름",
        "skip_missing": "이유를 고르거나 적어 주세요.",
        "skipped": "건너뛰었습니다. 이 쌍은 다른 사람에게 넘어갑니다.",
        "left_out": "앞으로 이 종류의 쌍은 나오지 않습니다. 다른 쌍을 보여 드립니다.",
        "leave_out_kind": "빼기: {kind}",
        "deleted": "평가 {n}개와 당신의 다른 모든 데이터를 이 연구에서 삭제했습니다.",
        "no_text": "(글 없음)",
        "code": "완료 코드",
        "code_link": "여기에서 마치기",
        "copy_code": "복사",
        "invite": "초대 코드",
        "prolific_only": (
            "이 연구는 Prolific에서 참여합니다. Prolific의 연구 페이지에서 열어 주세요."
        ),
        "login_button": "Hugging Face로 로그인",
        "login_failed": "로그인하지 못했습니다. 다시 시도해 주세요.",
        "somebody_else": (
            "이 브라우저는 이미 다른 계정으로 평가하고 있습니다. 먼저 메뉴에서 이 "
            "브라우저에서 나가 주세요."
        ),
        "other_window": "이 쌍은 이미 다른 창에서 답하셨습니다. 다음 쌍을 보여 드립니다.",
    },
    "choices": {
        "a": "A",
        "tie": "비슷함",
        "b": "B",
        "both_bad": "둘 다 나쁨",
        "a_clearly": "A가 확실히 나음",
        "a_slightly": "A가 조금 나음",
        "b_slightly": "B가 조금 나음",
        "b_clearly": "B가 확실히 나음",
    },
    "roles": {
        "user": "사용자",
        "human": "사용자",
        "system": "지시 사항",
        "tool": "도구",
    },
    "errors": {
        "Replaced": (
            "이 사이트의 새 복사본이 작업을 이어받고 있습니다. "
            "답은 이 브라우저에 보관되어 있으며, 새 복사본으로 자동 전송됩니다."
        ),
        "AssignmentClosed": "이 쌍은 이미 다른 창에서 답하셨습니다. 다음 쌍을 보여 드립니다.",
        "UnknownAssignment": "그 쌍은 이 세션에서 당신의 것이 아닙니다. 당신의 쌍을 보여 드립니다.",
        "PairGone": "그 쌍은 연구에서 빠졌습니다. 다음 쌍을 보여 드립니다.",
        "UnknownReturnKey": "이 연구의 복귀 링크가 아닙니다.",
        "PseudonymTaken": (
            "이미 쓰이는 가명입니다. 당신의 것이라면 복귀 링크로 돌아오고, 아니라면 "
            "다른 가명을 정하세요."
        ),
        "BadPseudonym": "가명은 1자에서 40자까지이며, 모두 표시할 수 있는 글자여야 합니다.",
        "UnknownInvite": "알 수 없는 초대입니다. 링크나 코드 전체를 사용해 주세요.",
        "InviteUsed": "이미 사용된 초대입니다. 직접 사용하셨다면 복귀 링크로 돌아오세요.",
        "NotInvited": "이 연구는 다른 방법으로 참여합니다. 받으신 링크를 사용해 주세요.",
        "SomebodyElse": (
            "이 브라우저는 이미 다른 계정으로 평가하고 있습니다. 먼저 메뉴에서 이 "
            "브라우저에서 나가 주세요."
        ),
        "BadProlificLink": (
            "주소에 당신의 Prolific 참여자 정보가 없습니다. Prolific에서 연구를 열어 주세요."
        ),
        "BadAnswers": "아직 답하지 않았거나 바뀐 질문이 있습니다. 다시 확인해 주세요.",
        "UnknownChoice": "질문의 선택지가 바뀌었습니다. 다시 확인해 주세요.",
        "DatabaseAway": (
            "서버가 지금 데이터베이스에 연결할 수 없습니다. 답은 이 브라우저에 보관되어 있으며, "
            "다시 연결되는 대로 전송됩니다."
        ),
        "NotEditable": "바꿀 수 있는 이전 답변이 없습니다.",
        "NotYourTurn": "연구의 현재 단계와 맞지 않습니다. 지금 할 단계를 보여 드립니다.",
        "TooManyJoins": (
            "지금 이곳에서 많은 사람이 참여하고 있습니다. 1분 뒤에 다시 시도해 주세요."
        ),
        "StudyPaused": "연구가 일시 중지되었습니다. 지금까지 하신 것은 모두 저장되었습니다.",
        "StudyLocked": "연구가 끝나 이 답은 늦게 도착하여 저장되지 않았습니다.",
        "AnnotatorExcluded": "참여가 끝나 이 답은 저장되지 않았습니다.",
    },
    "other": {
        "no_script": (
            "이 페이지에는 JavaScript가 필요합니다. 이 사이트에서 허용한 뒤 페이지를 새로 고치세요."
        ),
        "assistant": "어시스턴트",
        "input": "입력",
        "not_joined": (
            "이 브라우저에서는 로그인되어 있지 않습니다. 참여하거나, 전에 오신 방법으로 돌아오세요."
        ),
        "image": "이미지",
        "too_long": "입력한 글이 너무 깁니다. 최대 {n}자까지 쓸 수 있습니다. 줄여 주세요.",
        "turn": "답변 {n}",
    },
}
