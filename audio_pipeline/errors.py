"""What can be wrong with a recording, each with a slug for programs and a sentence for the officer.

AudioRefused
├── NotAudio, NoSound, Truncated, Damaged        the file
├── Silent, TooQuiet, TooShort, TooLong          the recording
├── TooManyChannels, TooLarge                    the limits
├── DecoderFailed                                the child process that decodes died or hung
├── NotReachable                                 no gain and no limiter brings it to the profile's level
├── NoVoice, SpeechFailed                        text to speech
└── NoTone, BadMontage                           a tone or a montage whose description does not hold
"""

from __future__ import annotations

from typing import ClassVar, NoReturn


class AudioRefused(Exception):  # noqa: N818 - It is an answer to the officer, not a failure of ours.
    """The sound cannot be used; `sentence_vi` and `sentence_en` say why and what to do next."""

    slug: ClassVar[str] = "audio-refused"
    vi: ClassVar[str] = "Tệp âm thanh không dùng được."
    en: ClassVar[str] = "The audio file cannot be used."

    def __init__(self, detail: str = "", **figures: object) -> None:
        self.detail = detail
        self.figures = figures
        self.sentence_vi = self.vi.format(**figures) if figures else self.vi
        self.sentence_en = self.en.format(**figures) if figures else self.en
        super().__init__(self.sentence_en if not detail else f"{self.sentence_en} ({detail})")


class NotAudio(AudioRefused):
    slug = "not-audio"
    vi = "Tệp này không phải là tệp âm thanh. Hãy chọn tệp ghi âm (mp3, wav, m4a…) rồi tải lên lại."
    en = "This file is not audio. Choose a recording (mp3, wav, m4a…) and upload it again."


class NoSound(AudioRefused):
    slug = "no-sound"
    vi = "Tệp này không có phần tiếng. Hãy chọn tệp có tiếng rồi tải lên lại."
    en = "This file has no sound track. Choose a file with sound and upload it again."


class Truncated(AudioRefused):
    slug = "truncated"
    vi = "Tệp bị cắt cụt: chỉ đọc được {decoded_s:.0f} giây trong {claimed_s:.0f} giây. Hãy chép lại tệp gốc."
    en = "The file is cut off: {decoded_s:.0f} s of {claimed_s:.0f} s could be read. Copy the original again."


class Damaged(AudioRefused):
    slug = "damaged"
    vi = "Tệp bị hỏng nhiều đoạn nên không phát được. Hãy chép lại tệp gốc hoặc thu lại."
    en = "The file is damaged in many places. Copy the original again or record again."


class Silent(AudioRefused):
    slug = "silent"
    vi = "Tệp không có tiếng (im lặng từ đầu đến cuối). Hãy kiểm tra micrô rồi thu lại."
    en = "The recording is silent from beginning to end. Check the microphone and record again."


class TooQuiet(AudioRefused):
    slug = "too-quiet"
    vi = "Tiếng quá nhỏ, nếu khuếch đại sẽ chỉ nghe tiếng ồn. Hãy đặt micrô gần miệng hơn rồi thu lại."
    en = "The recording is too quiet; raising it would raise its noise. Move the microphone closer and record again."


class TooShort(AudioRefused):
    slug = "too-short"
    vi = "Bản ghi quá ngắn ({seconds:.2f} giây). Hãy thu lại, dài ít nhất {limit_s:.1f} giây."
    en = "The recording is too short ({seconds:.2f} s). Record again, at least {limit_s:.1f} s."


class TooLong(AudioRefused):
    slug = "too-long"
    vi = "Bản ghi dài quá {limit_min:.0f} phút. Hãy chia thành nhiều phần rồi tải lên từng phần."
    en = "The recording is longer than {limit_min:.0f} minutes. Split it and upload the parts."


class TooManyChannels(AudioRefused):
    slug = "too-many-channels"
    vi = "Tệp có {channels} kênh âm thanh, nhiều hơn {limit} kênh cho phép. Hãy xuất lại thành đơn âm hoặc stereo."
    en = "The file has {channels} channels, more than the {limit} allowed. Export it as mono or stereo."


class TooLarge(AudioRefused):
    slug = "too-large"
    vi = "Tệp giải nén ra quá lớn. Hãy xuất lại ở 48 kHz, đơn âm hoặc stereo."
    en = "The file decodes to too much data. Export it again at 48 kHz, mono or stereo."


class DecoderFailed(AudioRefused):
    slug = "decoder-failed"
    vi = "Không đọc được tệp này: bộ giải mã đã dừng giữa chừng. Hãy xuất lại thành mp3 hoặc wav rồi tải lên lại."
    en = "This file could not be read: the decoder stopped. Export it as mp3 or wav and upload it again."


class NotReachable(AudioRefused):
    slug = "not-reachable"
    vi = "Không thể đưa tiếng về mức chuẩn (có tiếng nổ hoặc va đập quá mạnh so với tiếng nói). Hãy thu lại."
    en = "The sound cannot be brought to the standard level (bangs far louder than the speech). Record again."


class NoVoice(AudioRefused):
    slug = "no-voice"
    vi = "Chưa có giọng đọc cho ngôn ngữ này. Các ngôn ngữ đọc được: {languages}."
    en = "There is no voice for this language. Languages that can speak: {languages}."


class SpeechFailed(AudioRefused):
    slug = "speech-failed"
    vi = "Máy đọc không đọc được đoạn văn này. Hãy thử lại hoặc thu bằng giọng người."
    en = "The speech engine could not read this text. Try again or record a person."


class NoTone(AudioRefused):
    slug = "no-tone"
    vi = "Không có âm hiệu này. Các âm hiệu: {tones}."
    en = "There is no such tone. The tones are: {tones}."


class BadMontage(AudioRefused):
    slug = "bad-montage"
    vi = "Bản dựng chưa hợp lệ: {reason_vi}"
    en = "The montage does not hold: {reason_en}"


def by_slug(slug: str) -> type[AudioRefused]:
    """The class of a slug that crossed a process border; the base class for one this version does not know."""
    return {kind.slug: kind for kind in AudioRefused.__subclasses__()}.get(slug, AudioRefused)


def rebuild(slug: str, detail: str, figures: dict[str, object], sentence_vi: str, sentence_en: str) -> AudioRefused:
    """The refusal that a child process wrote as JSON, with the very sentences that it said."""
    kind = by_slug(slug)
    refusal = kind.__new__(kind)
    Exception.__init__(refusal, sentence_en)
    refusal.detail, refusal.figures = detail, figures
    refusal.sentence_vi, refusal.sentence_en = sentence_vi, sentence_en
    return refusal


def refuse_unreadable(cause: Exception) -> NoReturn:
    """Map a foreign decoder's complaint about the bytes to ours."""
    raise NotAudio(type(cause).__name__) from cause
