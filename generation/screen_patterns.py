"""The words by which an answer gives away its maker, refuses, or shows a template: patterns only.

Names that are also words or people (Claude, Gemini, Meta) count only where an answer says "I" of
them; names that mean nothing else count beside any first person.
"""

from __future__ import annotations

import re


def _patterns(*written: str) -> tuple[re.Pattern[str], ...]:
    """Compiled without regard to case; a blank is any space and ' also the typographic one.

    A line break with what surrounds it means nothing, so that a long pattern can be read.
    """
    joined = (re.sub(r"\s*\n\s*", "", pattern) for pattern in written)
    spaced = (pattern.replace(" ", r"\s+").replace("'", "['’]") for pattern in joined)
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in spaced)


_OWN_NAMES = (
    r"ChatGPT|GPT-?[2345][\w.-]*|InstructGPT|text-davinci\S*|OpenAI|Open AI|Anthropic(?! principle)"
    r"|DeepMind|Google AI|Google Research|Meta AI|Mistral AI|Mixtral\S*|DeepSeek\S*|Qwen\S*"
    r"|Tongyi\S*|Alibaba Cloud|Baidu|ERNIE Bot|ChatGLM\S*|Zhipu(?: AI)?|Baichuan\S*|InternLM\S*"
    r"|Moonshot AI|Kimi Chat|MiniMax|01\.AI|Open\s?Assistant|LAION|Hugging\s?Face|Stability AI"
    r"|StableLM\S*|BLOOMZ?|Databricks|EleutherAI|GPT-J|GPT-NeoX?|FLAN-T5|WizardLM|OLMo\S*"
    r"|Allen Institute for AI|AI2|LMSYS|xAI|Inflection AI|Cohere|AI21\S*|Nous Research|Together AI"
    r"|Microsoft Research"
)
_SHARED_NAMES = (
    r"Claude(?: (?:Instant|Sonnet|Opus|Haiku|[1-9][\d.]*))?|Gemini|Bard|(?:Llama|LLaMA)[\s-]?[\d.]*"
    r"|Vicuna|Alpaca|Koala|Dolly|Guanaco|Falcon|Mistral|Gemma|Phi-?[\d.]+|Tulu|Tülu|Pythia|Zephyr"
    r"|Hermes|Orca|Grok|Copilot|Bing(?: Chat)?|Sydney|PaLM|LaMDA|Nova|Yi|Kimi|Doubao|Command R\+?"
    r"|Siri|Alexa|Cortana|Google Assistant|Google|Meta|Microsoft|Apple|Amazon|Alibaba|Tencent"
    r"|ByteDance|Huawei|Nvidia|NVIDIA|IBM|Salesforce|Stanford"
)
_NAME = rf"(?-i:{_OWN_NAMES}|{_SHARED_NAMES})"
_FULL_NAME = rf"(?-i:{_OWN_NAMES}|(?:{_SHARED_NAMES})(?![\s-][A-Z]|\w))"
"""A name that no surname follows: Claude, but not Claude Monet."""

_ADJECTIVE = (
    r"(?:large|small|big|advanced|helpful|friendly|trained|pre-trained|harmless|honest|mere|simple"
    r"|digital|virtual|artificial|artificially|intelligent|conversational|generative|text-based"
    r"|text|open-source|automated|computer|computer-based|machine-learning|deep-learning|neural"
    r"|autoregressive|powerful|sophisticated|neutral|unbiased|responsible|impartial|AI-powered"
    r"|AI-based|AI|natural|online|new|state-of-the-art|multilingual|cutting-edge|safe)[\s-]"
)
_NOUN = (
    r"(?:AI|A\.I\.|artificial intelligence|(?:language|AI|text|chat|machine learning|LLM) models?"
    r"|LLM|chat\s?bot|bot|neural network|(?:computer|software) program|computer software|algorithm"
    r"|(?:virtual|digital|AI) assistant|machine learning system|text generator|virtual being"
    r"|machine intelligence|digital entity)\b"
)
_A_HUMAN = (
    r"[\w-]*[\s-](?:\w+ )?(?:researcher|engineer|scientist|developer|expert|student|compan(?:y|ie)"
    r"|start-?up|firm|lab|team|consultant|artist|enthusiast|user|s[kc]eptic|teacher|founder"
    r"|professional|manager|specialist|writer|ethicist|practitioner|journalist|lawyer|trainer"
    r"|vendor|provider|programmer|graduate|investor|stock|hobbyist|designer|architect|analyst|tool"
    r"|strategy|course|project|product|program(?:me)?)s?\b"
)
_MACHINE = rf"(?:{_ADJECTIVE}){{0,5}}{_NOUN}(?!{_A_HUMAN})"
_I_AM = r"\bI(?: am|'m)"
_ONLY = r"(?: (?:just|only|simply|merely|actually|still|also|but))?"
_MADE = r"(?:created|developed|trained|designed|built|made|programmed|fine-?tuned)"

IDENTITY = _patterns(
    # what it is: "as an AI language model", "being a chatbot", "I'm just a computer program"
    rf"""\b(?:as|being|since I'm|because I'm) (?:an?|your) {_MACHINE}(?=[,.;:)!]|$| (?:language
    |model|assistant|chat|system|I|{_MADE}|by|from|with|that|without|there|it|my|and|who|which|program|bot
    |like|here)\b)""",
    rf"(?:{_I_AM}|\bI (?:was|remain)){_ONLY} an? {_MACHINE}",
    rf"{_I_AM} not a (?:human|person)[,;] (?:but|I am|I'm) an? {_MACHINE}",
    rf"{_I_AM}{_ONLY} (?:AI|artificial intelligence)\b",
    rf"""{_I_AM} not (?:an? )?(?:(?:actual|real|live|living) )?(?:human(?: being)?|person)\b
    (?! (?:who|that|to|of)\b)""",
    rf"\b(?:like me|such as myself|myself), (?:as )?an? {_MACHINE}",
    # what it knows and how it came to know it
    r"\bmy (?:training|knowledge)[\s-](?:data(?:set|base)?|set|corpus|cut-?off|base|process)\b",
    r"""\bmy (?:(?:last|latest|most recent) )?knowledge (?:only )?(?:goes|extends|is limited|ends
    |stops|was last|reaches|update)\b""",
    r"\b(?:as of|since|after|until|up to) my (?:(?:last|latest) )?(?:knowledge|training|update)\b",
    r"\bknowledge cut-?off\b",
    r"\bmy (?:last|latest|most recent) (?:training|update)\b",
    rf"""(?:{_I_AM}|\bI(?:'ve| have) been|\bI was(?:n't| not)?)(?: \w+ly)? (?:trained|fine-?tuned)
    \s+(?:on|with|using) (?:(?:an?|the|this|that|my) )?(?:\w+[\s-]){{0,4}}(?:text|data|dataset
    |corpus|internet|information|books|articles|code)\b""",
    r"""\bI(?:'ve|'m| was| am| have)(?: been)?(?: only)? (?:pre-?)?programmed (?:to|not to|with
    |by)\b""",
    r"""\bmy (?:programming|algorithms?)\b(?! (?:skill|language|course|class|job|career|homework
    |assignment|project|book|experience))""",
    r"\b(?:learn(?:ed|t)|seen|given|told|saw) (?:in|during) (?:my )?training\b",
    # what it cannot do or have
    r"""\bI (?:can(?:no|')t|can not|do(?:n't| not)|am (?:not able|unable) to|lack)(?: \w+ly)?
    (?: (?:have|the|access|ability|capability|capacity|to|browse|search|surf)){1,4}
    (?: the)? (?:web|internet|real-time|live|up-to-date|current)
    \s+(?:in|data|information|news|internet|web|events|access|weather)""",
    r"""\bI (?:can(?:no|')t|can not|am (?:not able|unable) to)(?: \w+ly)?
    \s+(?:browse|search|surf|access) (?:the )?(?:web|internet)\b""",
    r"""\bI (?:do not|don't) (?:(?:actually|really) )?(?:have|possess|hold|experience)
    (?: the ability to (?:have|feel|experience))?(?: (?:any|an?|my own|human|personal))*
    \s+(?:physical (?:body|form|presence|senses|experiences?)|body|consciousness|taste buds|senses
    |sentience|gender|personal (?:\w+,? (?:(?:and|or) )?)?(?:feelings|opinions?|beliefs?|emotions
    |experiences?|preferences?|life|views|information)|(?:feelings|emotions)(?! (?:for|about|tow)))
    """,
    rf"""{_I_AM} (?:not )?(?:capable of|able to) (?:feel(?:ing)?|experienc(?:e|ing)|hav(?:e|ing))
    \s+(?:(?:human|any|personal) )?(?:emotions?|feelings|pain|experiences)""",
    # who made it
    rf"""\bmy (?:developers|creators|makers|programmers|engineers) (?:at {_NAME}|(?:have |who )?
    {_MADE} me|want me|gave me|did not give me)""",
    rf"""(?:{_I_AM}|\bI was|\bI(?:'ve| have) been)(?: \w+)? (?:{_MADE}|operated|owned|run
    |powered|released|provided) by (?:\w+ ){{0,5}}?{_NAME}\b""",
    rf"\b(?-i:{_OWN_NAMES}) (?:(?:has|have) )?(?:{_MADE}|gave|taught) me\b",
    # what it is called
    rf"""(?:{_I_AM}|\bmy name is|\bthis is|\byou are (?:talking|chatting|speaking) (?:to|with)
    |\bcall me|\bknown as) {_FULL_NAME}(?=[,.!;:?)]|$| (?:an?|and|from|the|your|here|by|made)\b)""",
    rf"\bI, {_NAME},",
    rf"\b{_NAME} (?:here\b(?=[!.,])|at your service)",
    rf"\bas (?:(?:your|an?) )?(?:\w+ )?{_FULL_NAME}(?: (?:assistant|model|chatbot|bot)|, I\b)",
    rf"(?:\bI run|{_I_AM} (?:running|based))(?: \w+)? (?:up)?on (?:\w+ ){{0,2}}?{_NAME}",
    rf"(?:{_I_AM}|\bmy) (?:\w+ )?(?:powered by|version of|based on) (?:\w+ )?{_NAME}",
    r"""\b(?:this|the (?:above|following)) (?:answer|response|reply|text|content|message|article
    |essay|email|letter|information|summary|poem|story) (?:was|is|has been) (?:automatically )?
    (?:written|generated|produced|created|composed) (?:by|using|with) (?:an? )?(?:AI|artificial
    |language model|chatbot|machine|computer)\b""",
    # the same in other languages
    r"\ben tant qu(?:e |')(?:\w+ ){0,2}?(?:modèle|IA|intelligence artificielle|assistant)\b",
    r"""\bje suis (?:une? )?(?:modèle de langage|IA\b|intelligence artificielle|chatbot
    |assistant virtuel)""",
    r"""\b(?:als|ich bin)(?: nur)? (?:ein(?:e[sn]?)? )?(?:\w+ )?(?:KI(?:-\w+)?|\w*sprachmodell
    |künstliche Intelligenz|chatbot)\b""",
    r"""\b(?:como|soy|sou)(?: (?:solo|apenas))? (?:una? |uma? )?(?:\w+ )?(?:modelo de (?:lenguaje
    |linguagem)|IA|inteligencia artificial|inteligência artificial|chatbot)\b""",
    r"""\b(?:come|in quanto|sono) (?:un'?\s?|una )?(?:modello linguistico|IA\b
    |intelligenza artificiale|assistente virtuale)""",
    r"\bals (?:een )?(?:AI\b(?:-\w+)?|\w*taalmodel|chatbot)",
    r"\b(?:как|я)\W+(?:\w+ ){0,2}(?:языковая модель|искусственный интеллект|ИИ|нейросеть)\b",
    r"""(?:作为|身为|我是)(?:一个|一名|一款|一種|一种)?\w{0,6}(?:人工智能|AI|语言模型|語言模型|大模型
    |聊天机器人)""",
    r"(?:AI|人工知能|言語モデル)(?:アシスタント|言語モデル)?(?:として|ですので|なので)",
    r"(?:AI|인공지능|언어 모델)\S*(?: 언어 모델)?(?:로서|이기 때문에|입니다)",
)
"""An answer that speaks of itself as a machine, or names who made it."""

UNLESS_ASKED = _patterns(
    rf"\b(?:{_MADE}|powered|generated|written) by (?:\w+ ){{0,4}}?(?-i:{_OWN_NAMES})\b",
    r"\b(?:generated|written) by an AI (?:language )?model\b",
)
"""What gives an answer away unless the prompt itself speaks of AI."""

OWN_NAME = re.compile(rf"(?<![\w/@.-])(?:{_OWN_NAMES})(?![\w/@])")
"""Names that mean a model or its maker and nothing else."""

FIRST_PERSON = re.compile(r"\b(?:I|me|my|mine|myself|our|I['’]\w+)\b")

_CANNOT = (
    r"(?: can(?:no|')t| can not| won't| will not"
    r"|(?:'m| am) (?:not able|unable|not going|not willing) to)"
)
_HELP = r"""(?:help(?! (?:but|it|myself|\w+ing)\b)|assist|provide(?! for\b| (?:(?:an?|the|any) )?
(?:exact|definiti|precise|accurate|specific|single|reliable))|fulfil+|comply|write|create|generate
|answer|do (?:that|this|it|so)|support|engage|participate|offer|tell you how|give you|share|produce
|condone|discuss|continue|respond|complete|draft|make (?:that|this|such)|teach|explain how|advise
|show you|go along|be (?:a )?part|take part|pretend|role-?play|describe how|guide you
|encourage)\b"""

REFUSAL = _patterns(
    rf"""\b(?:I(?: am|'m)?(?: (?:very|really|so|truly))? )?(?:sorry|afraid|apologi[sz]e),?
    (?: (?:but|that))? (?:I|this|that|it)(?: (?:simply|really))?(?:{_CANNOT}| do not| don't)\b
    (?! (?:know|think|have|remember|see|understand|believe))""",
    rf"""\bI(?:{_CANNOT}| (?:do not|don't) (?:want|wish) to| refuse to|(?: would|'d)
    \s+(?:rather|prefer) not(?: to)?| should not| shouldn't)
    (?: (?:in good conscience|ethically|simply|really|just|ever|morally|personally|legally))*
    \s+{_HELP}""",
    r"\bI(?: must|(?:'ll)? have to|'m going to| will)? (?:(?:respectfully|politely) )?decline\b",
    rf"\bI (?:must|have to) refuse(?: to {_HELP}| this| that| your|[.,])",
    r"""\bI(?:'m| am| (?:do not|don't) feel)(?: not)? (?:un)?comfortable (?:with )?(?:help|writ|shar
    |provid|creat|answer|do|giv|discuss|mak|assist)\w*""",
    r"\bI can(?:no|')t in good conscience\b",
    r"""\b(?:this|that|it|which) (?:isn't|is(?: not)?) something (?:that )?I(?: am|'m
    | can(?:not)?| can't| will| won't|'d)\b""",
    r"""\b(?:this|that|it|which|your)(?: (?:request|question|prompt))? (?:is|goes|would be|violates?
    |would go|falls)(?: (?:outside|against|beyond))?(?: of)? (?:my|our|the|OpenAI's) (?:\w+ )?
    (?:guidelines|polic(?:y|ies)|principles|programming|values|scope)\b""",
    r"""\bit(?: is| would be|'s) (?:not (?:appropriate|ethical|right|okay|acceptable)|inappropriate
    |unethical|irresponsible|wrong (?:of|for) me)(?: and \w+)?(?: for me)? to (?:help|assist|provide
    |write|create|generate|answer|draft|give|offer|share|produce|make)""",
    r"""\b(?:je (?:suis désolée?|ne peux pas|regrette)[^.]{0,40}(?:aider|répondre|fournir|écrire)
    |(?:ich kann|leider kann ich)[^.]{0,40}nicht (?:helfen|weiterhelfen|beantworten|schreiben)
    |lo siento[^.]{0,20}no puedo|mi dispiace[^.]{0,20}non posso|desculpe[^.]{0,20}não posso)""",
)
"""An answer that declines; only looked for where an answer begins."""

TEMPLATE: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern)
    for pattern in (
        r"<\|[\w./-]{1,40}\|>",
        r"</?(?:start_of_turn|end_of_turn|start_header_id|end_header_id|eot|eos|bos|pad|unk|s_end)>"
        r"(?:model\b|user\b)?",
        r"\[/?INST\]|<</?SYS>>|\[(?:PAD|EOS|BOS|UNK|SEP|CLS)\]|<extra_id_\d+>|<0x[0-9A-F]{2}>",
        r"</?(?:think|thinking|scratchpad|tool_call|im_start|im_end)>",
        r"(?:</s>\s*)+\Z|\A\s*<s>",
        r"\bBelow is an instruction that describes a task\b",
        r"\bA chat between a curious (?:user|human) and an artificial intelligence assistant\b",
        r"\{\{\s*\w+(?:\.\w+)*\s*\}\}|\{%-?.{1,80}?-?%\}",
    )
)

RUN_ON = re.compile(
    r"^[ \t]*(?:#{2,3} ?(?:Instruction|Response|Human|Assistant|User|System):"
    r"|(?:Human|HUMAN|USER|User|<human>|<user>|Question|Q): \S)",
    re.MULTILINE,
)
"""A line at which a model went on to write the next turn itself; what follows is no answer."""

LEADING_ROLE = re.compile(r"\A\s*(?:#{2,3} ?Response:?|(?:Assistant|ASSISTANT|AI|Bot|<bot>) ?:)")
"""The name of the speaker, which a template puts in front of an answer."""

ABOUT_AI = re.compile(
    r"\b(?:AI|A\.I\.|[Aa]rtificial intelligence|[Rr]obots?|[Aa]ndroids?|[Cc]hat ?bots?|LLMs?"
    r"|[Ll]anguage models?|[Mm]achines?|[Dd]eep learning|[Nn]eural networks?|[Aa]lgorithms?"
    rf"|(?:[Vv]irtual|[Dd]igital|[Vv]oice) assistants?|{_OWN_NAMES})\b"
)
PLAYS_A_PART, TALKS, WANTS_A_NO = _patterns(
    r"""\b(?:story|stories|tale|poems?|verse|haiku|limerick|songs?|lyrics|dialog(?:ue)?s?|scenes?
    |scripts?|play|novels?|fiction|conversation|monologues?|role-?play|pretend|imagine
    |act (?:as|like)|persona|speech|jokes?|interview|you are an?|perspective of|point of view
    |voice of|diary|character)\b""",
    r"""\b(?:dialog(?:ue)?s?|conversation|chat|transcript|interview|FAQs?|quiz|questions?|script|scene
    |role-?play|Q\s?&\s?A|Q:|Human:|User:|Assistant:)""",
    r"""\b(?:declin\w+|refus\w+|reject\w*|turn(?:s|ing)? (?:\w+ ){0,3}down|say(?:s|ing)? no
    |apolog\w+|resign\w*|regret\w*)\b""",
)
"""What a prompt asks for: a part to play, speakers, or to say no."""
